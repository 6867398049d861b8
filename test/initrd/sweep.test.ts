import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

/** The hot sweep, run by busybox on files that stand for devices. */

const MIB = 1024;
/** Sectors: what lies before the image, the hot range (no whole MiB), the image. */
const [BEFORE, HOT, IMAGE] = [4000, 12 * 2048 + 8, 40_000];
/** Sectors behind the image, before the compressed copy. */
const TEMPLATES = 24;
/** KiB. */
const MEMORY = 120 * MIB;
/** KiB that the sweep leaves to the system. */
const MARGIN = (MEMORY * 2) / 5;

const MACHINE = `
for file in console settings medium devices progress toram sweep; do . /lib/live/$file.sh; done
to_consoles() { printf "$@"; }
loop_device() { echo "loop of $*"; }
zram_device() { echo "$1" >/run/zram-kib; : >/run/ram; echo /run/ram; }
memory_kib() { cat /run/available; }
DISC=/run/disc IMAGE=/run/disc IMAGE_START=${BEFORE} IMAGE_SECTORS=${IMAGE} TEMPLATE_SECTORS=${TEMPLATES} ORIGIN=direct
HOT_SECTORS=${HOT} OWN_PROFILE=yes HOT_COPY_SECTORS=0 LOAD_LATER= DEBUG= RAM_IMAGE= MEMORY_KIB=${MEMORY}
`;

interface Sweep {
  readonly said: string;
  /** Sectors, as the init has it. */
  readonly swept: number;
  /** What the memory holds of the image from its start on, in sectors. */
  readonly copied: number;
  readonly zramKib: number;
  /** What the rest is read through, where there is any. */
  readonly buffer: string;
}

function newDisc(): Buffer {
  return randomBytes((BEFORE + IMAGE) * 512);
}

/** A disc with a copy of `hot`, in members of a MiB as the build makes them, and the settings for it. */
function discWithCopy(disc: Buffer, hot = disc.subarray(BEFORE * 512, (BEFORE + HOT) * 512)) {
  const members: Buffer[] = [];
  for (let at = 0; at < hot.length; at += MIB * MIB) {
    members.push(gzipSync(hot.subarray(at, at + MIB * MIB)));
  }
  const copy = Buffer.concat(members);
  const rest = 4096 - (copy.length % 4096);
  return {
    copy,
    disc: Buffer.concat([disc, Buffer.alloc(TEMPLATES * 512), copy, Buffer.alloc(rest)]),
    before: `HOT_COPY_SECTORS=${(copy.length + rest) / 512}
mkdir -p /run/live
dd if=/run/disc of=/run/live/superblock bs=2048 skip=${BEFORE / 4} count=1 2>/dev/null
dd() { case "$*" in if=/run/disc*|*of=/run/ram*) echo "$*" >>/run/read ;; esac; busybox dd "$@"; }`,
  };
}

async function sweep(
  t: ExecutionContext,
  { parameter = '', availableKib = 1024 * MIB, before = '', disc = newDisc() } = {},
): Promise<Sweep | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  await writeFile(join(top, 'proc/uptime'), '100 0\n');
  await writeFile(join(top, 'run/disc'), disc);
  await writeFile(join(top, 'run/available'), `${availableKib}\n`);
  const set = parameter === '' ? '' : `live_sweep=${parameter}`;
  const lines = await shell.lines(
    `${MACHINE}\n${set}\n${before}\nsweep_hot_range\necho "$BUFFER"\necho "$SWEPT"`,
  );
  const text = (path: string) => readFile(join(top, path)).catch(() => Buffer.alloc(0));
  const ram = await text('run/ram');
  t.true(ram.equals(disc.subarray(BEFORE * 512, BEFORE * 512 + ram.length)), lines.join('\n'));
  return {
    said: lines.slice(0, -2).join('\n'),
    swept: Number(lines.at(-1)),
    copied: ram.length / 512,
    zramKib: Number(await text('run/zram-kib')),
    buffer: lines.at(-2) ?? '',
  };
}

test('the hot range is read into memory, and nothing behind it', async (t) => {
  const swept = await sweep(t);
  if (swept === undefined) return;
  t.is(swept.swept, HOT);
  t.is(swept.copied, HOT);
  t.is(swept.zramKib, HOT / 2);
  t.regex(swept.said, /reading what the start needs \[#{25}\] 100 %/);
});

test('it is as large as memory allows, in whole steps, and none where there is none', async (t) => {
  // Three fifths of what is read must fit beside the margin.
  const needed = MARGIN + Math.ceil(((HOT / 2) * 3) / 5);
  t.is((await sweep(t, { availableKib: needed }))?.swept ?? HOT, HOT);
  t.is((await sweep(t, { availableKib: needed - 3 }))?.swept ?? 24_576, 24_576);
  const step = MARGIN + Math.ceil((4 * MIB * 3) / 5);
  t.is((await sweep(t, { availableKib: step }))?.swept ?? 8192, 8192);
  for (const availableKib of [step - 3, MARGIN, 1, 0]) {
    const none = await sweep(t, { availableKib });
    if (none === undefined) return;
    t.is(none.swept, 0);
    t.is(none.copied, 0);
    t.regex(none.said, /there is too little memory/);
  }
});

test('what is not swept is read through a loop device of the drive, where it is mapped itself', async (t) => {
  const buffer = `loop of /run/disc -o ${BEFORE * 512}`;
  const partly = await sweep(t, { availableKib: MARGIN + Math.ceil((4 * MIB * 3) / 5) });
  if (partly === undefined) return;
  t.is(partly.swept, 8192);
  t.is(partly.buffer, buffer);
  const none = await sweep(t, { parameter: 'no' });
  t.like(none, { swept: 0, buffer, said: '' });
  t.is((await sweep(t, { parameter: 'no', before: 'ORIGIN=loop' }))?.buffer, '');
  t.is((await sweep(t, { parameter: 'no', before: 'IMAGE=/dev/loop3' }))?.buffer, '');
  t.is((await sweep(t, { parameter: 'no', before: 'loop_device() { false; }' }))?.buffer, '');
  t.is((await sweep(t))?.buffer, '', 'nothing is left');
});

test('live.sweep=yes takes the whole range, until memory is short', async (t) => {
  const tight = await sweep(t, { parameter: 'yes', availableKib: MARGIN });
  if (tight === undefined) return;
  t.is(tight.swept, HOT);
  const before = `progress() { echo ${MARGIN / 2 - 1} >/run/available; }`;
  const short = await sweep(t, { parameter: 'yes', availableKib: MARGIN, before });
  t.is(short?.swept, 8192);
  t.regex(short?.said ?? '', /was not read at once: memory would run out/);
});

test('a bad place ends the sweep: what was read before it counts', async (t) => {
  const before = 'dd() { case $* in *seek=128*) return 1 ;; esac; busybox dd "$@"; }';
  const bad = await sweep(t, { before });
  if (bad === undefined) return;
  t.is(bad.swept, 2 * 8192);
  t.regex(bad.said, /the disc could not be read .*, 8 MiB into the image/);
  const gone = await sweep(t, { before: 'rm /run/disc' });
  t.is(gone?.swept, 0);
  t.regex(gone?.said ?? '', /\/run\/disc cannot be opened/);
});

test('the compressed copy is read in place of the range', async (t) => {
  const disc = newDisc();
  const copied = discWithCopy(disc);
  // What would be read of the image itself is something else by now; but for its superblock, nobody looks there.
  const image = copied.disc.subarray(0, BEFORE * 512 + 2048);
  const other = Buffer.concat([
    image,
    Buffer.alloc(IMAGE * 512 - 2048),
    copied.disc.subarray(disc.length),
  ]);
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  await writeFile(join(top, 'proc/uptime'), '100 0\n');
  await writeFile(join(top, 'run/available'), `${1024 * MIB}\n`);
  await writeFile(join(top, 'run/disc'), other);
  const lines = await shell.lines(`${MACHINE}\n${copied.before}\nsweep_hot_range\necho "$SWEPT"`);
  t.is(Number(lines.at(-1)), HOT);
  t.regex(lines.join('\n'), /reading what the start needs \[#{25}\] 100 %/);
  t.notRegex(lines.join('\n'), /not whole/);
  const ram = await readFile(join(top, 'run/ram'));
  t.true(ram.equals(disc.subarray(BEFORE * 512, (BEFORE + HOT) * 512)));
});

test('a copy that is damaged, cut off or of another image is not taken: the range itself is', async (t) => {
  const disc = newDisc();
  const { copy, ...copied } = discWithCopy(disc);
  const at = disc.length + TEMPLATES * 512;
  const damaged = Buffer.from(copied.disc);
  // Stored as it is, since it is random: only the checksum tells.
  damaged.writeUInt8(damaged.readUInt8(at + copy.length - 1000) ^ 1, at + copy.length - 1000);
  const shorter = discWithCopy(disc, disc.subarray(BEFORE * 512, (BEFORE + HOT - 8) * 512));
  const longer = discWithCopy(disc, disc.subarray(BEFORE * 512, (BEFORE + HOT + 8) * 512));
  const other = discWithCopy(disc, randomBytes(HOT * 512));
  const cases = {
    damaged: { ...copied, disc: damaged },
    'cut off': { ...copied, disc: copied.disc.subarray(0, at + copy.length / 2) },
    gone: { ...copied, disc },
    shorter,
    longer,
    other,
    'without a program for it': { ...copied, before: `${copied.before}\ngunzip() { return 127; }` },
  };
  for (const [name, { disc: changed, before }] of Object.entries(cases)) {
    const swept = await sweep(t, { disc: changed, before });
    if (swept === undefined) return;
    t.is(swept.swept, HOT, name);
    t.is(swept.copied, HOT, name);
    t.regex(swept.said, /is read as it is: its compressed copy is not whole/, name);
  }
});

test('of a whole copy counts what memory has room for; of another, memory is given back first', async (t) => {
  const disc = newDisc();
  const whole = discWithCopy(disc);
  const damaged = Buffer.from(whole.disc);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 5000) ^ 1, damaged.length - 5000);
  // It is short after two steps, until the device is emptied.
  const before = `${whole.before}
    mkdir -p /sys/block/run/ram; echo 77 >/sys/block/run/ram/disksize
    zram_device() { : >/run/ram; echo run/ram; }
    progress() { [ "$1" -lt 8192 ] || [ -e /sys/block/run/ram/reset ] || echo 1 >/run/available; }`;
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  const run = async (content: Buffer, more = '') => {
    await writeFile(join(top, 'proc/uptime'), '100 0\n');
    await writeFile(join(top, 'run/available'), `${1024 * MIB}\n`);
    await writeFile(join(top, 'run/disc'), content);
    return shell.lines(`cd /; ${MACHINE}\n${before}\n${more}\nsweep_hot_range
      echo "$SWEPT $(cat /sys/block/run/ram/reset) $(cat /sys/block/run/ram/disksize)"`);
  };
  const short = await run(whole.disc);
  t.is(short.at(-1), `${2 * 8192}  77`);
  t.regex(short.join('\n'), /was not read at once: memory would run out/);
  const ram = await readFile(join(top, 'run/ram'));
  t.true(ram.equals(disc.subarray(BEFORE * 512, BEFORE * 512 + 2 * 8192 * 512)));

  const again = await run(damaged);
  t.regex(again.join('\n'), /its compressed copy is not whole/);
  t.is(again.at(-1)?.replace(/^\d+ /, ''), '1 77', 'emptied, and as large as it was');

  const none = await run(damaged, 'progress() { :; }; memory_kib() { echo 0; }; live_sweep=yes');
  t.is(none.at(-1), '0 1 77', 'nothing is kept of what serves nobody');
});

test('the copy is all or nothing, and where the builder put it', async (t) => {
  const { disc, before } = discWithCopy(newDisc());
  // What it says if it is touched.
  const broken = `${before}\ngunzip() { return 1; }`;
  const step = MARGIN + Math.ceil((8 * MIB * 3) / 5);
  const part = await sweep(t, { disc, before: broken, availableKib: step });
  if (part === undefined) return;
  t.is(part.swept, 2 * 8192);
  t.notRegex(part.said, /not whole/);
  const loop = await sweep(t, { disc, before: `${broken}\nORIGIN=loop` });
  t.is(loop?.swept, HOT);
  t.notRegex(loop?.said ?? '', /not whole/);
});

test('nothing is swept of nothing, without zram, on request, by another profile where memory is small, or once all is there', async (t) => {
  const cases = [
    { before: 'HOT_SECTORS=0' },
    { before: 'DISC=' },
    { before: 'OWN_PROFILE=no MEMORY_KIB=49151' },
    { parameter: 'no' },
    { before: 'zram_device() { return 1; }' },
  ];
  for (const options of cases) {
    const none = await sweep(t, options);
    if (none === undefined) return;
    t.is(none.swept, 0, JSON.stringify(options));
    t.is(none.copied, 0);
    t.is(none.said, '');
  }
  const asked = await sweep(t, { before: 'OWN_PROFILE=no MEMORY_KIB=49151', parameter: 'yes' });
  t.is(asked?.swept, HOT, 'but on request');
  const odd = await sweep(t, { parameter: 'perhaps' });
  t.regex(odd?.said ?? '', /live\.sweep=perhaps is not known/);
  t.is(odd?.swept, HOT);
});

test('what is loaded in the background later takes the swept part along', async (t) => {
  const before = 'LOAD_LATER=1 RAM_IMAGE=/run/ram; : >/run/ram; zram_device() { return 1; }';
  const swept = await sweep(t, { before });
  if (swept === undefined) return;
  t.is(swept.swept, HOT);
  t.is(swept.copied, HOT);
});

/** Devices' settings, as files. */
const ROOT = `mkdir -p /sys/block/dm-1/dm /sys/block/dm-1/queue /sys/fs/ext4/dm-1 /sys/class/dmi/id
echo live-root >/sys/block/dm-1/dm/name; echo 128 >/sys/block/dm-1/queue/read_ahead_kb
echo 32 >/sys/fs/ext4/dm-1/inode_readahead_blks`;
const AHEAD =
  'cat /sys/block/dm-1/queue/read_ahead_kb /sys/fs/ext4/dm-1/inode_readahead_blks; echo "$READ_AHEAD_KIB $INODE_BLOCKS"';

test('nothing is read ahead where some of the hot range is not in memory, and where a profile is recorded', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const ahead = (setting: string) =>
    initrd.shell.lines(`${MACHINE}\n${ROOT}\n${setting}\nread_nothing_ahead\n${AHEAD}`);
  const [nothing, all] = [
    ['0', '0', '128 32'],
    ['128', '32', ' '],
  ];
  const serial = 'HOT_SECTORS=0 SWEPT=0; echo snapdisc-profile >/sys/class/dmi/id/product_serial';
  t.deepEqual(await ahead(`SWEPT=${HOT}`), all);
  t.deepEqual(await ahead(`SWEPT=${HOT - 8}`), nothing);
  t.deepEqual(await ahead(`SWEPT=${HOT - 8} OWN_PROFILE=no`), all, 'another system wants more');
  t.deepEqual(await ahead('SWEPT=0 DISC='), all, 'everything is');
  t.deepEqual(await ahead(serial), nothing);
  t.deepEqual(await ahead('HOT_SECTORS=0 SWEPT=0 live_trace=yes'), nothing);
  t.deepEqual(
    await ahead('HOT_SECTORS=0 SWEPT=0; echo 123 >/sys/class/dmi/id/product_serial'),
    all,
  );
});
