import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

/** Loading the root image to memory, run by busybox on files that stand for devices. */

const KIB = 1024;
/** Sectors: no whole MiB, in front of it what is not copied, behind it the templates. */
const [BEFORE, IMAGE, TEMPLATES] = [4000, 12_008, 24];

const MACHINE = `
for file in console settings medium devices progress toram system; do . /lib/live/$file.sh; done
to_consoles() { printf "$@"; }
zram_device() { echo "$1" >/run/zram-kib; : >/run/ram; echo /run/ram; }
sectors_of() { echo $(($(wc -c <"$1") / 512)); }
memory_kib() { cat /run/available; }
open_tray() { echo "tray of $1"; }
COW=zram DISC=/run/disc IMAGE=/run/disc IMAGE_START=${BEFORE} COMPRESSION=none
IMAGE_SECTORS=${IMAGE} TEMPLATE_SECTORS=${TEMPLATES}
`;
const TELL = 'echo "IMAGE=$IMAGE START=$IMAGE_START DISC=$DISC"';
const FROM_DISC = `IMAGE=/run/disc START=${BEFORE} DISC=/run/disc`;
const FROM_MEMORY = 'IMAGE=/run/ram START=0 DISC=';
const NEEDED_KIB = (IMAGE + TEMPLATES) / 2 + 128 * KIB;

interface Loading {
  readonly said: string;
  readonly disc: Buffer;
  readonly top: string;
}

async function load(
  t: ExecutionContext,
  toram: string,
  { availableKiB = NEEDED_KIB, before = '', cut = 0 } = {},
): Promise<Loading | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  const whole = randomBytes((BEFORE + IMAGE + TEMPLATES + 100) * 512);
  const disc = whole.subarray(0, whole.length - cut);
  await shell.lines('mkdir -p /sys/class/tty/console /sys/block/run/ram');
  await writeFile(join(top, 'sys/class/tty/console/active'), 'one\n');
  await writeFile(join(top, 'proc/uptime'), '100 0\n');
  await writeFile(join(top, 'proc/mounts'), '');
  await writeFile(join(top, 'run/disc'), disc);
  await writeFile(join(top, 'run/available'), `${availableKiB}\n`);
  const script = `${MACHINE}\nlive_toram=${toram}\n${before}\nload_to_ram\n${TELL}`;
  const lines = await shell.lines(script);
  return { said: lines.join('\n'), disc, top };
}

test('what the disc holds of the file system is copied, and nothing else', async (t) => {
  const loading = await load(t, 'yes');
  if (loading === undefined) return;
  const { said, disc, top } = loading;
  const copy = await readFile(join(top, 'run/ram'));
  const stored = disc.subarray(BEFORE * 512, (BEFORE + IMAGE + TEMPLATES) * 512);
  t.is(copy.length, stored.length);
  t.true(copy.equals(stored));
  t.is(Number(await readFile(join(top, 'run/zram-kib'), 'utf8')), stored.length / KIB);
  t.regex(said, /loading the system to memory \[#{25}\] 100 %/);
  t.regex(said, /^tray of \/run\/disc$/m);
  t.regex(said, /the root image is in memory; the disc is not needed any more/);
  t.true(said.endsWith(FROM_MEMORY), said);
});

test('a store that lasts may be on the drive of the disc, which is then still needed', async (t) => {
  const loading = await load(t, 'yes', { before: 'COW=auto' });
  if (loading === undefined) return;
  t.regex(loading.said, /in memory; only the drive with the store is needed any more/);
  t.true(loading.said.endsWith(FROM_MEMORY), loading.said);
});

test('auto asks whether all of it fits, with the margin', async (t) => {
  const fits = await load(t, 'auto');
  if (fits === undefined) return;
  t.true(fits.said.endsWith(FROM_MEMORY), fits.said);
  const tight = await load(t, 'auto', { availableKiB: NEEDED_KIB - 1 });
  t.regex(tight?.said ?? '', /stays on the disc: it needs 5 MiB of memory and 128 more/);
  t.true(tight?.said.endsWith(FROM_DISC), tight?.said);
});

test('when memory would run out in between, the start goes on from the disc', async (t) => {
  // The margin is met until the first step is copied.
  const before = 'progress() { echo 131071 >/run/available; }';
  const loading = await load(t, 'yes', { availableKiB: 131_072, before });
  if (loading === undefined) return;
  t.regex(loading.said, /not loaded to memory: memory would run out; going on from the disc/);
  t.notRegex(loading.said, /tray/);
  t.true(loading.said.endsWith(FROM_DISC), loading.said);
  const reset = await readFile(join(loading.top, 'sys/block/run/ram/reset'), 'utf8');
  t.is(reset, '1\n', 'the memory is given back');
});

test('a disc that cannot be read leaves the start to the disc', async (t) => {
  const short = await load(t, 'yes', { cut: 110 * 512 });
  if (short === undefined) return;
  t.regex(short.said, /\/run\/disc is shorter than the image; going on from the disc/);
  t.true(short.said.endsWith(FROM_DISC), short.said);
  const gone = await load(t, 'yes', { before: 'sectors_of() { echo 99999; }; rm /run/disc' });
  t.regex(gone?.said ?? '', /\/run\/disc cannot be opened; going on from the disc/);
  const broken = await load(t, 'yes', { before: 'copy_step() { [ "$1" -lt 4096 ]; }' });
  t.regex(broken?.said ?? '', /4 MiB into the image; going on from the disc/);
  t.true(broken?.said.endsWith(FROM_DISC), broken?.said);
});

test('without zram, without live.toram, or with an odd value, all stays on the disc', async (t) => {
  const none = await load(t, 'yes', { before: 'zram_device() { return 1; }' });
  if (none === undefined) return;
  t.regex(none.said, /this kernel has no zram.*; going on from the disc/);
  t.true(none.said.endsWith(FROM_DISC), none.said);
  t.is((await load(t, 'no'))?.said, FROM_DISC);
  const odd = await load(t, 'perhaps');
  t.regex(odd?.said ?? '', /live\.toram=perhaps is not known/);
  t.true(odd?.said.endsWith(FROM_DISC), odd?.said);
});

test("the origin's table takes what has moved from memory, the rest from the disc", async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  const pieces = [
    '0 1000 stored 0',
    '1000 24 zero 0',
    '1024 16 template 8',
    '1040 800 stored 1000',
  ];
  await writeFile(join(top, 'etc/origin.table'), `${pieces.join('\n')}\n`);
  const table = (moved: string) =>
    shell.lines(`. /lib/live/background/origin-table.sh
      origin_table /dev/disc 5000 /dev/templates ${moved} </etc/origin.table`);
  const between = ['1000 24 zero', '1024 16 linear /dev/templates 8'];
  const fromDisc = ['0 1000 linear /dev/disc 5000', ...between, '1040 800 linear /dev/disc 6000'];
  t.deepEqual(await table(''), fromDisc);
  t.deepEqual(await table('/dev/ram 0'), fromDisc);
  t.deepEqual(await table('/dev/ram 16'), [
    '0 16 linear /dev/ram 0',
    '16 984 linear /dev/disc 5016',
    ...fromDisc.slice(1),
  ]);
  const first = '0 1000 linear /dev/ram 0';
  t.deepEqual(await table('/dev/ram 1000'), [first, ...fromDisc.slice(1)]);
  t.deepEqual(await table('/dev/ram 1400'), [
    ...[first, ...between],
    '1040 400 linear /dev/ram 1000',
    '1440 400 linear /dev/disc 6400',
  ]);
  const buffered = ['0 16 linear /dev/ram 0', '16 984 linear /dev/buffer 16', ...between];
  t.deepEqual(await table('/dev/ram 16 /dev/buffer 1400'), [
    ...[...buffered, '1040 400 linear /dev/buffer 1000'],
    '1440 400 linear /dev/disc 6400',
  ]);
  t.deepEqual(await table("'' 0 /dev/buffer 9999"), [
    ...['0 1000 linear /dev/buffer 0', ...between],
    '1040 800 linear /dev/buffer 1000',
  ]);
  t.deepEqual(await table("/dev/ram 16 '' 1400"), await table('/dev/ram 16'), 'there is none');
  t.deepEqual(await table('/dev/ram 1800'), [first, ...between, '1040 800 linear /dev/ram 1000']);
});
