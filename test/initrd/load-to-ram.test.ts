import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

/** The script that moves the image to memory beside the running system, on files for devices. */

/** Sectors. The image is moved in four ranges, the last one short. */
const [BEFORE, IMAGE, RANGE] = [4000, 3 * 65_536 + 808, 65_536];

/** Instead of the programs in memory: the initrd's own, and a device-mapper that only takes notes. */
const RESIDENT = `
resident() {
  program=$1; shift
  case $program in
  sbin/dmsetup)
    echo "dmsetup $*" >>/run/calls
    [ "$1" != load ] || cat >"/run/table-$(grep -c load /run/calls)"
    ! grep -qx "$1" /run/failing ;;
  *)
    case "$1" in
    blockdev | sleep | losetup) echo "$*" >>/run/calls ;;
    umount) echo "$*" >>/run/calls; ! grep -qx umount /run/failing ;;
    *) /bin/busybox "$@" ;;
    esac ;;
  esac
}
available_kib() { cat /run/available; }
DISC=/run/disc PERSISTENT=no BASE=
`;

interface Moving {
  readonly calls: string[];
  /** The tables that were loaded, one after the other. */
  readonly tables: string[];
  /** What udev is told of the disc and of loop devices of its files. */
  readonly rules: string;
  readonly log: string;
  readonly copied: boolean;
  readonly reset: string;
  readonly state: string;
}

const RULES = ['/run/udev/rules.d/10-live-disc.rules', '/run/udev/rules.d/10-live-loop.rules'];

async function move(
  t: ExecutionContext,
  { failing = '', available = 200_000, cut = 0, change = '', swept = 0, packed = '' } = {},
): Promise<Moving | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  const disc = randomBytes((BEFORE + IMAGE) * 512);
  await shell.lines(`mkdir -p /sys/class/tty/console /sys/block/run/ram /run/live/bin
    mkdir -p /proc/sys/dev/cdrom; echo 0 >/proc/sys/dev/cdrom/autoeject
    cp /lib/live/system/tray.sh /lib/live/system/messages.sh /lib/live/system/change-table.sh /lib/live/background/* /run/live/bin/; : >/run/calls; : >/dev/one; : >/run/live/log; : >/dev/kmsg
    mkdir -p /run/udev/rules.d; for rules in ${RULES.join(' ')}; do echo told >$rules; done`);
  const put = (path: string, text: string | Uint8Array) => writeFile(join(top, path), text);
  await put('sys/class/tty/console/active', 'one\n');
  await put('proc/uptime', '100.09 0\n');
  await put('proc/mounts', 'tmpfs /run tmpfs\n/dev/sr0 /run/live/medium iso9660 ro 0 0\n');
  await put('run/failing', failing);
  await put('run/available', `${available}\n`);
  await put('run/disc', disc.subarray(0, disc.length - cut));
  await put('run/live/bin/resident.sh', RESIDENT);
  await put('run/live/state', '');
  await put('run/live/origin.table', `0 ${IMAGE} stored 0\n${IMAGE} 800 zero 0\n`);
  await put(
    'run/live/toram',
    `IMAGE=/run/disc IMAGE_START=${BEFORE} IMAGE_SECTORS=${IMAGE} TEMPLATES= SWEPT=${swept} PACKED=${packed}
     RAM_IMAGE=/run/ram MARGIN_KIB=100000\n`,
  );
  const script = await readFile(join(top, 'run/live/bin/load-to-ram'), 'utf8');
  const table = join(top, 'run/live/bin/origin-table.sh');
  await writeFile(table, (await readFile(table, 'utf8')).replace('available_kib()', 'unused()'));
  const changed = script.replace(/^main\n$/m, () => `${change}\nmain\n`);
  await put('run/live/bin/load-to-ram', changed);
  await shell.lines('sh /run/live/bin/load-to-ram');
  const text = (path: string) => readFile(join(top, path), 'utf8').catch(() => '');
  const calls = (await text('run/calls')).split('\n').slice(0, -1);
  const loads = calls.filter((call) => call.startsWith('dmsetup load')).length;
  const tables: string[] = [];
  for (let index = 1; index <= loads; index++) tables.push(await text(`run/table-${index}`));
  const copy = await readFile(join(top, 'run/ram')).catch(() => Buffer.alloc(0));
  return {
    calls,
    tables,
    rules: (await Promise.all(RULES.map(text))).join(''),
    log: (await text('run/live/log')) + (await text('dev/one')),
    copied: copy.equals(disc.subarray(BEFORE * 512)),
    reset: await text('sys/block/run/ram/reset'),
    state: await text('run/live/state'),
  };
}

/** The table when so many sectors have moved. */
function table(moved: number): string {
  const near = moved === 0 ? '' : `0 ${moved} linear /run/ram 0\n`;
  const far = `${moved} ${IMAGE - moved} linear /run/disc ${BEFORE + moved}\n`;
  return `${near}${moved === IMAGE ? '' : far}${IMAGE} 800 zero\n`;
}

const dmsetup = (calls: readonly string[]) =>
  calls.filter((call) => call.startsWith('dmsetup')).map((call) => call.split(' ')[1]);

test('range after range moves to memory; then the disc is let go', async (t) => {
  const moving = await move(t);
  if (moving === undefined) return;
  t.true(moving.copied);
  t.deepEqual(moving.tables, [RANGE, 2 * RANGE, 3 * RANGE, IMAGE].map(table));
  // Loading and resuming take turns, with nothing in between: no suspend.
  const turns = ['load', 'resume'];
  t.deepEqual(dmsetup(moving.calls), [...turns, ...turns, ...turns, ...turns]);
  t.true(moving.calls.includes('umount /run/live/medium'));
  t.regex(moving.log, /in memory; the disc is not needed any more/);
  t.is(moving.state, 'DISC=\n');
  t.is(moving.rules, '');
  t.is(moving.reset, '');
});

test('between two steps the disc is left to the system', async (t) => {
  const moving = await move(t);
  if (moving === undefined) return;
  const steps = Math.ceil(IMAGE / 4096);
  t.is(moving.calls.filter((call) => call.startsWith('sleep ')).length, steps);
});

test('when memory is wanted, all goes back to the disc and the memory is free', async (t) => {
  const change = 'pause() { [ "$moved" -lt 70000 ] || echo 99999 >/run/available; }; ';
  const moving = await move(t, { change });
  if (moving === undefined) return;
  t.deepEqual(moving.tables, [RANGE, 2 * RANGE, 0].map(table));
  t.is(moving.reset, '1\n');
  t.regex(moving.log, /stays on the disc: loading it would have used up the memory/);
  t.notRegex(moving.calls.join('\n'), /umount/);
});

test('what could be read stays in memory when the disc fails', async (t) => {
  const change = 'dd() { [ "$copied" -lt 140000 ] && resident bin/busybox dd "$@"; }; ';
  const moving = await move(t, { change });
  if (moving === undefined) return;
  t.deepEqual(moving.tables, [RANGE, 2 * RANGE].map(table));
  t.is(moving.reset, '');
  t.is(moving.rules, 'told\ntold\n');
  t.regex(moving.log, /only as far as 64 MiB: the disc could not be read.*the rest stays/);
  t.notRegex(moving.calls.join('\n'), /umount/);
});

test('a table that is refused leaves the old one running', async (t) => {
  const refused = await move(t, { failing: 'load\n' });
  if (refused === undefined) return;
  t.deepEqual(dmsetup(refused.calls), ['load']);
  t.regex(refused.log, /only as far as 0 MiB: its place could not be changed/);
  const interrupted = await move(t, { failing: 'resume\n' });
  t.deepEqual(dmsetup(interrupted?.calls ?? []), ['load', 'resume', 'clear', 'resume']);
});

test('what the image was compressed in is let go, too, in the order of the stack', async (t) => {
  const release = 'release_disc() { IMAGE=/dev/loop7; release_image; }; ';
  const last = (moving: Moving | undefined, count: number) => (moving?.calls ?? []).slice(-count);
  const first = ['losetup -d /dev/loop7', 'umount /run/live/packed'];
  const mapped = `mkdir -p /dev/mapper; : >/dev/mapper/live-packed; ${release}`;
  const remove = 'dmsetup remove --noudevsync live-packed';
  const erofs = await move(t, { change: mapped, packed: '/dev/mapper/live-packed' });
  if (erofs === undefined) return;
  t.deepEqual(last(erofs, 3), [...first, remove]);
  const squashfs = await move(t, { change: mapped, packed: '/dev/loop6' });
  t.deepEqual(last(squashfs, 4), [...first, 'losetup -d /dev/loop6', remove]);
  const mastered = await move(t, { change: release, packed: '/dev/loop6' });
  t.deepEqual(last(mastered, 3), [...first, 'losetup -d /dev/loop6']);
});

test('a store on the drive of the disc needs it still, and the guard goes on watching it', async (t) => {
  const opens = 'open_tray() { echo tray >>/run/calls; }; ';
  const kept = 'PERSISTENT=yes; mkdir -p /dev/mapper; : >/dev/mapper/live-partition; ';
  const moving = await move(t, { change: opens + kept });
  if (moving === undefined) return;
  t.deepEqual(moving.tables.at(-1), table(IMAGE));
  t.regex(moving.log, /in memory; only the drive with the store is needed any more/);
  t.notRegex(moving.log, /the disc is not needed/);
  t.is(moving.state, '');
  t.true(moving.calls.includes('umount /run/live/medium'));
  t.notRegex(moving.calls.join('\n'), /tray|setrw/);

  // A store that is only read is needed, too; on another drive it lets the disc go.
  const read = await move(t, { change: `${opens}BASE=/dev/mapper/live-saved; ` });
  t.regex(read?.log ?? '', /in memory; only the drive with the store is needed any more/);
  t.is(read?.state, 'DISC=\n');
  t.true(read?.calls.includes('tray'));
});

test('a disc whose files are in use stays in its drive', async (t) => {
  const moving = await move(t, { failing: 'umount\n' });
  if (moving === undefined) return;
  t.deepEqual(moving.tables.at(-1), table(IMAGE));
  t.regex(moving.log, /the disc is in use at \/run\/live\/medium only/);
  t.is(moving.state, '');
});
