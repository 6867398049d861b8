import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CHECKSUM_BLOCK, checksumFile, checksumRange } from '../../src/build/checksums.js';
import { type EnteredInitrd, enterInitrd } from './helpers/host-initrd.js';

/** The init's media check, run by busybox on files that stand for discs. */

const BLOCK = 2048;
const KERNEL = { path: 'live/vmlinuz', start: 20 * BLOCK, end: 20 * BLOCK + 700_001 };
const ROOT_IMAGE = { path: 'live/root.img', start: 1_001_472, end: 3_500_000 };
const OTHER = { path: 'a name with  spaces', start: 3_500_032, end: 3_600_000 };
/** The list begins here. */
const END = 1760 * BLOCK;
const PADDING = 150 * BLOCK;

function checksums(content: Buffer, files = [KERNEL, ROOT_IMAGE, OTHER]): Buffer {
  const range = checksumRange(END);
  const digests: Buffer[] = [];
  for (let at = range.start; at < END; at += CHECKSUM_BLOCK) {
    const piece = content.subarray(at, Math.min(END, at + CHECKSUM_BLOCK));
    digests.push(createHash('sha256').update(piece).digest());
  }
  return checksumFile(range, files, digests);
}

interface Disc {
  readonly bytes: Buffer;
  /** Bytes of the list. */
  readonly listed: number;
}

function disc(): Disc {
  const content = randomBytes(END);
  const list = checksums(content);
  return { bytes: Buffer.concat([content, list, Buffer.alloc(PADDING)]), listed: list.length };
}

function flip(bytes: Buffer, at: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
}

/** The scripts, on a machine with two consoles where the time of those who never answer is short. */
const MACHINE = `
for file in console settings medium question choice progress check; do . /lib/live/$file.sh; done
sleep() { read -r now _ </proc/uptime; echo "$((now + 1)) 0" >/proc/uptime; }
reboot() { echo rebooted; exit; }
shell_at() { echo a shell; }
next_answer() { read -r -t 1 CONSOLE ANSWER <&4 && return
  read -r now _ </proc/uptime; echo "$((now + $1)) 0" >/proc/uptime; false; }
DISC=/run/disc DIRECT=1 live_check=yes
`;

async function prepare(initrd: EnteredInitrd, { bytes, listed }: Disc): Promise<string> {
  const { top, shell } = initrd;
  await shell.lines('mkdir -p /sys/class/tty/console; mknod /dev/one p; mknod /dev/two p');
  await writeFile(join(top, 'sys/class/tty/console/active'), 'one two\n');
  await writeFile(join(top, 'proc/uptime'), '100 0\n');
  await writeFile(join(top, 'run/disc'), bytes);
  return `${MACHINE}\nCHECKSUMS_BLOCK=${END / BLOCK} CHECKSUMS_BYTES=${listed}\n`;
}

interface Circumstances {
  /** Shell commands before and after the check. */
  readonly before?: string;
  readonly after?: string;
  readonly typed?: { readonly one?: string; readonly two?: string };
}

/** What is said on the consoles, and what a shell stage says. Consoles are pipes kept open by us. */
async function check(
  t: ExecutionContext,
  image: Disc,
  { before = '', after = '', typed = {} }: Circumstances = {},
): Promise<{ said: string; seconds: number; asked: string } | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  const machine = await prepare(initrd, image);
  const lines = await shell.lines(`${machine}
    exec 8<>/dev/one 9<>/dev/two
    printf '${typed.one ?? ''}' >&8; printf '${typed.two ?? ''}' >&9
    to_consoles() { printf "$@"; }
    ${before}
    check_medium
    echo going on
    ${after}`);
  const [uptime = ''] = (await readFile(join(top, 'proc/uptime'), 'utf8')).split(' ');
  const asked = await readFile(join(top, 'run/asked'), 'utf8').catch(() => '');
  return { said: lines.join('\n'), seconds: Number(uptime) - 100, asked };
}

test('a good disc is called good', async (t) => {
  const result = await check(t, disc());
  if (result === undefined) return;
  t.regex(result.said, /live: the disc is good/);
  t.regex(result.said, /\[#{25}\] 100 %/);
  t.regex(result.said, /going on$/);
  t.is(result.seconds, 0, 'nothing was asked');
});

test('what other systems write to a stick is no damage', async (t) => {
  const image = disc();
  // The system area: a boot record's disk signature, partition tables of any kind.
  for (let at = 0; at < 16 * BLOCK; at++) flip(image.bytes, at);
  // Behind the list: the padding, and a backup partition table in a stick's last sectors.
  for (let at = END + image.listed; at < image.bytes.length; at++) flip(image.bytes, at);
  const result = await check(t, image);
  if (result === undefined) return;
  t.regex(result.said, /live: the disc is good/);
});

test('one wrong byte is named with its place and file; then the start goes on', async (t) => {
  const image = disc();
  const first = 16 * BLOCK + CHECKSUM_BLOCK;
  flip(image.bytes, first + 12_345);
  const result = await check(t, image);
  if (result === undefined) return;
  const place = `byte ${first} to ${first + CHECKSUM_BLOCK - 1}, from 2 KiB block ${first / BLOCK} on`;
  t.true(result.said.includes(`live: the disc is damaged: it is not what was built at ${place}`));
  t.regex(result.said, /, in live\/root\.img\n/);
  t.regex(result.said, /going on with a damaged disc[^\n]*\ngoing on$/);
  t.true(result.seconds >= 30 && result.seconds < 40, `${result.seconds} s`);
});

test('the first bad place is told, with every file it may be in', async (t) => {
  const image = disc();
  flip(image.bytes, 16 * BLOCK);
  flip(image.bytes, END - 1);
  const result = await check(t, image);
  if (result === undefined) return;
  t.regex(result.said, /at byte 32768 to 1081343, .* in live\/vmlinuz or live\/root\.img\n/);
  t.is(result.said.match(/the disc is damaged/g)?.length, 1);
});

test('the last block may be short; names may have spaces', async (t) => {
  const image = disc();
  flip(image.bytes, END - 1);
  const result = await check(t, image);
  if (result === undefined) return;
  t.regex(
    result.said,
    new RegExp(`at byte 3178496 to ${END - 1}, .* in live/root\\.img or a name with {2}spaces\n`),
  );
});

test('damage where no file is belongs to the directory of the disc', async (t) => {
  const content = randomBytes(END);
  const list = checksums(content, []);
  flip(content, 40_000);
  const image = { bytes: Buffer.concat([content, list, Buffer.alloc(BLOCK)]), listed: list.length };
  const result = await check(t, image);
  if (result === undefined) return;
  t.regex(result.said, /in the directory of the disc\n/);
});

test('a damaged list is not believed, wherever the damage is', async (t) => {
  const { listed } = disc();
  for (const at of [0, 30, 100, 300, listed - 100, listed - 2]) {
    const image = disc();
    flip(image.bytes, END + at);
    const result = await check(t, image);
    if (result === undefined) return;
    t.regex(
      result.said,
      new RegExp(`damaged: its list of checksums is damaged .* byte ${END} to`),
      `${at}`,
    );
    t.notRegex(result.said, /the disc is good/, `${at}`);
  }
});

test('a disc that ends too early is damaged', async (t) => {
  const image = disc();
  const result = await check(t, { ...image, bytes: image.bytes.subarray(0, END / 2) });
  if (result === undefined) return;
  t.regex(result.said, /damaged: its list of checksums/);
});

test('a drive that cannot be opened is told, and no end of the init', async (t) => {
  const before = 'take_checksums() { rm $DISC; }';
  const result = await check(t, disc(), { before });
  if (result === undefined) return;
  t.regex(result.said, /the disc is damaged: the drive \/run\/disc cannot be opened/);
  t.regex(result.said, /going on$/);
});

test('an answer on any console counts at once', async (t) => {
  const image = disc();
  flip(image.bytes, END - 1);
  for (const typed of [{ one: 'r\\n' }, { two: 'x\\n\\nr\\n' }]) {
    const result = await check(t, image, { typed });
    if (result === undefined) return;
    t.regex(result.said, /rebooted$/);
    t.true(result.seconds < 10, `${result.seconds} s`);
  }
});

test('a shell comes where it was asked for, and the question again after it', async (t) => {
  const image = disc();
  flip(image.bytes, END - 1);
  const before = 'shell_at() { printf "type %s\\n" shell >>/run/shells; }';
  const result = await check(t, image, { before: `${before}; `, typed: { two: 's\\n' } });
  if (result === undefined) return;
  t.is(result.said.match(/Type c to continue/g)?.length, 2);
  t.regex(result.said, /going on with a damaged disc/);
});

/** What debugfs(8) prints: of blocks their inodes, of inodes their paths. */
const DEBUGFS = `
in_image() {
  echo "$*" >>/run/asked
  case "$4" in
  icheck*) printf 'Block\\tInode number\\n'; for block in \${4#icheck}; do
    case $block in 60) echo "60	<block not found>" ;; *) echo "$block	$((block / 90 + 12))" ;; esac; done ;;
  ncheck*) printf 'Inode\\tPathname\\n'; for inode in \${4#ncheck}; do echo "$inode	//usr/a file $inode"; done ;;
  esac
}
mount() { echo "$*" >>/run/asked; }
umount() { echo "$*" >>/run/asked; }
ROOT_SECTOR=$((1001472 / 512)) IMAGE_SECTORS=$((2498528 / 4096 * 8))
`;

test('damaged files of the root file system are named when it is mounted', async (t) => {
  const image = disc();
  // The second MiB: from the root image's block 19 to its block 275.
  flip(image.bytes, 16 * BLOCK + CHECKSUM_BLOCK + 1);
  const result = await check(t, image, { before: `${DEBUGFS}`, after: 'name_damage' });
  if (result === undefined) return;
  const names = [12, 13, 14, 15].map((inode) => `/usr/a file ${inode}`).join(', ');
  t.true(result.said.endsWith(`going on\nlive: the damaged place is in ${names}`), result.said);
  const blocks = Array.from({ length: 257 }, (_, index) => 19 + index).join(' ');
  t.true(result.asked.includes(`icheck ${blocks}  /dev/mapper/live-origin`), result.asked);
});

test('what is not in the root image, or not damaged, asks nobody', async (t) => {
  const kernel = disc();
  flip(kernel.bytes, 16 * BLOCK);
  for (const image of [disc(), kernel]) {
    const before = `${DEBUGFS} ROOT_SECTOR=$((3 * 1001472 / 512))`;
    const result = await check(t, image, { before, after: 'name_damage' });
    if (result === undefined) return;
    t.is(result.asked, '');
  }
});

test('without live.check, or with an odd value, nothing is read', async (t) => {
  const gone = { bytes: Buffer.alloc(0), listed: 1 };
  const off = await check(t, gone, { before: 'unset live_check' });
  if (off === undefined) return;
  t.is(off.said, 'going on');
  const odd = await check(t, gone, { before: 'live_check=perhaps' });
  t.regex(odd?.said ?? '', /live\.check=perhaps is neither yes nor no.*\ngoing on$/);
});

test('discs that carry no checksums that fit say so', async (t) => {
  const without = await check(t, { ...disc(), listed: 0 });
  if (without === undefined) return;
  t.regex(without.said, /without checksums: it cannot be checked\ngoing on$/);
  const moved = await check(t, disc(), { before: 'DIRECT=' });
  t.regex(moved?.said ?? '', /mastered anew.*cannot be checked\ngoing on$/);
});

test('the bar is drawn once a second, with the time that is left', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const machine = await prepare(initrd, disc());
  const lines = await initrd.shell.lines(`${machine}
    to_consoles() { printf "$@"; }
    progress_begin copying 1000
    progress 1; progress 2; sleep; progress 10; sleep; progress 250; progress_end 1000`);
  t.deepEqual(
    lines[0]?.split('\r').map((line) => line.trimEnd()),
    [
      '',
      `live: copying [${'.'.repeat(25)}]   0 %`,
      `live: copying [${'.'.repeat(25)}]   1 %  1:39 left`,
      `live: copying [${'#'.repeat(6)}${'.'.repeat(19)}]  25 %  0:06 left`,
      `live: copying [${'#'.repeat(25)}] 100 %  0:00 left`,
    ],
  );
});
