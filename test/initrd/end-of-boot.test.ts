import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { type LiveRoot, liveRoot } from './helpers/live-root.js';

/** What a boot profile has changed for the boot is taken back; on files for devices. */

const BACKGROUND = new URL('../../init-templates/initrd/lib/live/background/', import.meta.url);
const RULE = '/run/udev/rules.d/10-live-loop.rules';
const STATE = {
  MEMORY_KIB: '131072',
  ROOT_DM: 'dm-1',
  ORIGIN_DM: 'dm-0',
  DISC: '/dev/sr0',
  ORIGIN: 'direct',
};
const MOVED = `0 36864 linear /dev/zram0 0\n36864 3136 linear /dev/sr0 60864\n40000 800 zero\n`;
const BACK = '0 40000 linear /dev/sr0 24000\n40000 800 zero\n';

interface Machine {
  /** Each look at the origin finds what the next word says; then nothing more is read. */
  readonly reads?: string;
  /** The command of dmsetup that fails. */
  readonly failing?: string;
  /** The looks at which the disc is back, and at which the guard has no time left. */
  readonly backAt?: number;
  readonly hurryAt?: number;
  /** Until this look, a processor computes. */
  readonly idleAt?: number;
}

/** Hundredths of a second that two processors compute between two looks, where one has nothing else to do. */
const COMPUTES = 190;
const RESTS = 30;

const machine = ({
  reads = '1 2 3',
  failing = '',
  backAt = 0,
  hurryAt = 0,
  idleAt = 0,
}: Machine) => `
resident() {
  program=$1; shift
  case "$program $1" in
  *dmsetup*)
    [ ! -e /run/slept ] || echo late >>/run/calls
    echo "$1" >>/run/calls; [ "$1" != load ] || /run/initramfs/bin/busybox cat >/run/table
    [ "$1" != '${failing}' ] ;;
  *losetup | *blockdev) echo "$*" >>/run/calls ;;
  *sleep)
    read -r left </run/reads; set -- $left
    [ $# -eq 0 ] || { echo "  $1 0 0 0" >/sys/block/dm-0/stat; shift; echo "$*" >/run/reads; }
    echo look >>/run/looks
    look=$(/run/initramfs/bin/busybox wc -l </run/looks)
    read -r _ user nice system _ </proc/stat
    [ "$look" -gt ${idleAt} ] && user=$((user + ${RESTS})) || user=$((user + ${COMPUTES}))
    echo "cpu  $user $((nice + 200)) $system $look 5 0 0 0 0 0" >/proc/stat
    [ "$look" != ${hurryAt} ] || {
      kill -USR1 $$; /run/initramfs/bin/busybox sleep 4; : >/run/slept
    }
    [ "$look" != ${backAt} ] || echo >/dev/sr0 ;;
  *dmesg) /run/initramfs/bin/busybox cat /run/dmesg ;;
  *) /run/initramfs/bin/busybox "$@" ;;
  esac
}
echo '${reads}' >/run/reads
. /run/live/state
`;

const REQUEST = '[    3.2] block_rq_issue: 11,0 R 2048 () 8 + 4 [dd]';

async function boot(
  t: ExecutionContext,
  {
    settings = '',
    available = 60_000,
    log = `[    0.0] Linux version 6.1\n${REQUEST}\n`,
    ...doings
  }: Machine & { settings?: string; available?: number; log?: string } = {},
): Promise<LiveRoot | undefined> {
  const root = await liveRoot(t, STATE);
  if (root === undefined) return undefined;
  const scripts: Record<string, string> = {};
  for (const name of ['end-of-boot', 'origin-table.sh'])
    scripts[`/run/live/bin/${name}`] = await readFile(new URL(name, BACKGROUND), 'utf8');
  await root.write({
    ...scripts,
    '/run/live/bin/resident.sh': machine(doings),
    '/run/live/bin/load-to-ram': 'echo loading >>/run/live/log\n',
    '/run/live/toram': `IMAGE=/dev/sr0 IMAGE_START=24000 IMAGE_SECTORS=40000 TEMPLATES= LOAD_LATER=
RAM_IMAGE=/dev/zram0 SWEPT=36864 READ_AHEAD_KIB=128 INODE_BLOCKS=32 TRACE=
${settings}\n`,
    '/run/live/origin.table': '0 40000 stored 0\n40000 800 zero 0\n',
    '/run/table': MOVED,
    '/run/looks': '',
    '/run/calls': '',
    '/run/live/log': '',
    '/run/dmesg': log,
    [RULE]: 'a rule',
    '/dev/null': '',
    '/dev/kmsg': '',
    '/dev/one': '',
    ...(doings.backAt === undefined ? { '/dev/sr0': '' } : {}),
    '/proc/uptime': '60.00 0\n',
    '/proc/stat': 'cpu  1000 0 500 0 0 0 0 0 0 0\n',
    '/proc/self/oom_score_adj': '',
    '/proc/meminfo': `MemTotal: 131072 kB\nMemAvailable: ${available} kB\n`,
    '/sys/class/tty/console/active': 'one\n',
    '/sys/block/dm-0/stat': '  0 0 0 0\n',
    '/sys/block/dm-1/queue/read_ahead_kb': '0\n',
    '/sys/fs/ext4/dm-1/inode_readahead_blks': '0\n',
    '/sys/block/zram0/reset': '',
    '/sys/block/zram0/mm_stat': '18874368 9000000 10485760 0 10485760 0 0 0\n',
  });
  await root.run('sh ./end-of-boot');
  return root;
}

const looks = async (root: LiveRoot) => (await root.read('/run/looks')).split('\n').length;

test('when nothing has been read for a while, the disc has its place again and the memory is free', async (t) => {
  const root = await boot(t);
  if (root === undefined) return;
  t.is(`${await root.read('/run/table')}\n`, BACK);
  // In one step: no suspend.
  t.is(await root.read('/run/calls'), 'load\nresume');
  t.is(await root.read('/sys/block/zram0/reset'), '1');
  t.is(await root.read('/sys/block/dm-1/queue/read_ahead_kb'), '128');
  t.is(await root.read('/sys/fs/ext4/dm-1/inode_readahead_blks'), '32');
  t.is(await looks(root), 3 + 10);
  t.is(await root.read('/proc/self/oom_score_adj'), '-1000');
  t.regex(await root.read('/run/live/log'), /18 MiB of the disc, in 10 MiB of memory/);
  await t.throwsAsync(root.read('/run/live/end-of-boot.pid'), { code: 'ENOENT' });
});

test('it waits as long as something is read, but not for ever, and not when memory is short', async (t) => {
  const busy = await boot(t, { reads: Array.from({ length: 400 }, (_, at) => at + 1).join(' ') });
  if (busy === undefined) return;
  t.is(await looks(busy), 300);
  t.is(`${await busy.read('/run/table')}\n`, BACK);
  const short = await boot(t, { available: 4095 });
  if (short === undefined) return;
  t.is(await short.read('/run/looks'), '');
  t.is(`${await short.read('/run/table')}\n`, BACK);
});

test('it waits as long as a processor computes what reads later, but not for ever', async (t) => {
  const busy = await boot(t, { idleAt: 20 });
  if (busy === undefined) return;
  t.is(await looks(busy), 20 + 10);
  const computing = await boot(t, { idleAt: 1000 });
  if (computing === undefined) return;
  t.is(await looks(computing), 3 + 60);
  t.is(`${await computing.read('/run/table')}\n`, BACK);
});

test('it waits no longer when the guard says so', async (t) => {
  const root = await boot(t, { hurryAt: 4 });
  if (root === undefined) return;
  t.is(await looks(root), 4);
  t.is(`${await root.read('/run/table')}\n`, BACK);
  t.is(await root.read('/run/calls'), 'load\nresume', 'nor to the end of the look');
});

test('as long as the disc is out, what is in memory of it stays there', async (t) => {
  const root = await boot(t, { backAt: 30 });
  if (root === undefined) return;
  t.is(await looks(root), 30);
  t.is(`${await root.read('/run/table')}\n`, BACK);
});

test('a table that is refused leaves the memory in use', async (t) => {
  for (const failing of ['load', 'resume']) {
    const root = await boot(t, { failing });
    if (root === undefined) return;
    t.is(await root.read('/sys/block/zram0/reset'), '');
    t.regex(await root.read('/run/live/log'), /stays in memory/);
    t.is(await root.read('/sys/block/dm-1/queue/read_ahead_kb'), '128');
  }
});

test('without a sweep the origin stays as it is', async (t) => {
  const root = await boot(t, { settings: 'SWEPT=0 RAM_IMAGE=' });
  if (root === undefined) return;
  t.is(await root.read('/run/calls'), '');
  t.is(await root.read('/sys/block/dm-1/queue/read_ahead_kb'), '128');
});

test('loading to memory begins when the boot is over, and keeps what was swept', async (t) => {
  const root = await boot(t, { settings: 'LOAD_LATER=1' });
  if (root === undefined) return;
  t.is(await looks(root), 3 + 10);
  t.is(await root.read('/run/live/log'), 'loading');
  t.is(await root.read('/run/calls'), '');
  const plain = await boot(t, { settings: 'LOAD_LATER=1 SWEPT=0 READ_AHEAD_KIB= INODE_BLOCKS=' });
  t.is(await plain?.read('/run/looks'), '', 'at once where there is no boot profile');
  t.is(await plain?.read('/run/live/log'), 'loading');
});

test('what was read through a loop device comes from the drive itself again', async (t) => {
  const settings = 'BUFFER=/dev/loop0 SWEPT=8192';
  const freed = 'losetup -d /dev/loop0\nblockdev --flushbufs /dev/sr0';
  const partly = await boot(t, { settings });
  if (partly === undefined) return;
  t.is(await partly.read('/run/calls'), `load\nresume\n${freed}\nload\nresume`);
  t.is(`${await partly.read('/run/table')}\n`, BACK);
  const later = await boot(t, { settings: `${settings} LOAD_LATER=1` });
  t.is(await later?.read('/run/calls'), `load\nresume\n${freed}`);
  t.is(
    await later?.read('/run/table'),
    '0 8192 linear /dev/zram0 0\n8192 31808 linear /dev/sr0 32192\n40000 800 zero',
  );
  const refused = await boot(t, { settings: 'BUFFER=/dev/loop0 SWEPT=0', failing: 'load' });
  t.is(await refused?.read('/run/calls'), 'load', 'it stays in use');
  t.is(await refused?.read(RULE), 'a rule');
  t.regex((await later?.read('/run/live/toram')) ?? '', /BUFFER=$/, 'the loading knows');
  await t.throwsAsync(partly.read(RULE), { code: 'ENOENT' });
});

test('a trace of the boot is what the kernel has logged of the drives', async (t) => {
  const root = await boot(t, { settings: "TRACE='live: trace of 11:0 00ff' SWEPT=0" });
  if (root === undefined) return;
  t.is(await root.read('/run/live/boot.trace'), `live: trace of 11:0 00ff\n${REQUEST}`);
  t.regex(await root.read('/dev/one'), /is in \/run\/live\/boot\.trace/);
  t.notRegex(await root.read('/dev/one'), /too short/);
  const none = await boot(t, { settings: "TRACE='live: trace' SWEPT=0", log: 'Linux version\n' });
  t.regex((await none?.read('/dev/one')) ?? '', /^live: The kernel has logged no request[^\n]*$/);
  const rest = await boot(t, { settings: "TRACE='live: trace' SWEPT=0", log: `${REQUEST}\n` });
  t.regex((await rest?.read('/dev/one')) ?? '', /log was too short/);
});
