import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';
import type { InitShell } from './helpers/init-shell.js';

/** What a machine of 80 MiB shows when the system has started. Figures: KiB, sectors, bytes, as there. */
const FILES: Readonly<Record<string, string>> = {
  'proc/meminfo': meminfo(40_000),
  'proc/mounts': '/dev/mapper/live-root / ext2 rw,noatime 0 0\n/dev/sdb1 /mnt vfat rw,nosuid 0 0\n',
  'proc/uptime': '12.05 3\n',
  'proc/self/oom_score_adj': '',
  'proc/sysrq-trigger': '',
  'dev/kmsg': '',
  'sys/class/zram-control/hot_add': '2\n',
  'sys/block/zram2/mm_stat': '0 0 0 0\n',
  'sys/block/zram2/disksize': '0\n',
  'sys/fs/ext4/dm-3/reserved_clusters': '0\n',
  'run/live/state': [
    "COW=zram STORE_KIB=20480 STORE_DEVICES=zram1:20480 STORE_FIXED= PERSISTENT=no STORE_DM=dm-2 ROOT_DM=dm-3 SWAP=/dev/zram0 LOADER=''",
    'DIRTY_KIB=640 BRAKE_KIB=2560 BRAKE_MS=1200 FREE_BLOCKS=2000400 ZRAM_ALGO= MEMORY_KIB=81920\n',
  ].join('\n'),
  // Every process that the guard starts.
  'run/initramfs/bin/busybox': `#!/bin/sh
    echo "$*" >>/started
    case $1 in stat) echo 2000000 ;; mknod) mknod -m 600 "$4" "$5" ;; esac\n`,
  'run/initramfs/sbin/dmsetup': `#!/bin/sh
    echo "dmsetup $*" >>/started
    case $1 in load) cat >>/started ;; status) echo '0 9999 snapshot 60000/194560 16' ;; esac\n`,
};

function meminfo(available: number): string {
  const kib = { MemFree: 9000, MemAvailable: available, Buffers: 0, SwapTotal: 0, SwapFree: 0 };
  const lines = Object.entries({ ...kib, Dirty: 0, Writeback: 0 });
  return lines.map(([key, value]) => `${key}: ${value} kB\n`).join('');
}

/** What the store's zram shows. */
function stored(kib: number, compressedKib: number): Record<string, string> {
  return {
    'sys/block/zram1/mm_stat': `${kib * 1024} 0 ${compressedKib * 1024} 0\n`,
    'sys/block/dm-2/stat': `0 0 0 0 0 0 ${kib * 2} 0 0\n`,
  };
}

interface Machine {
  /** Runs the guard, and `script` once it has looked; gives what the script prints. */
  guard(script: string): Promise<string[]>;
  content(file: string): Promise<string>;
}

async function machine(
  t: ExecutionContext,
  files: Readonly<Record<string, string>> = {},
): Promise<Machine | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  await cp(join(top, 'lib/live/system'), join(top, 'run/live/bin'), { recursive: true });
  for (const [name, content] of Object.entries({ ...FILES, ...stored(2048, 1024), ...files })) {
    await mkdir(join(top, dirname(name)), { recursive: true });
    await writeFile(join(top, name), content, { mode: 0o755 });
  }
  return {
    guard: (script) => guarded(shell, script),
    content: (file) => readFile(join(top, file), 'latin1'),
  };
}

/** `settle` waits until the guard has looked some more times. */
function guarded(shell: InitShell, script: string): Promise<string[]> {
  return shell.lines(`
    show() { cat >"/$1"; }
    settle() {
      until [ -p /run/live/guard ]; do sleep 0.1; done
      for _ in 1 2 3; do echo look >/run/live/guard; sleep 1; done
    }
    # It is nobody's child; that it has ended shows in its output.
    sh /run/live/bin/guard 2>&1 | cat >/run/said &
    output=$!
    until [ -s /run/live/guard.pid ]; do sleep 0.1; done
    read -r guard </run/live/guard.pid
    end_guard() { kill $guard; wait $output; }
    settle
    ${script}
    end_guard 2>/dev/null; cat /run/said`);
}

/** Shell commands that change what the machine shows, for the guard all at once. */
function now(files: Readonly<Record<string, string>>): string {
  const changes = Object.entries(files).map(
    ([name, content]) => `printf '%s' '${content}' | show ${name}\n`,
  );
  return `kill -STOP $guard\n${changes.join('')}kill -CONT $guard\n`;
}

test('the guard grows the store into free memory, and then starts nothing', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const lines = await live.guard('cat /started; : >/started; settle; echo idle; cat /started');
  t.deepEqual(lines, [
    'mknod -m 600 /run/live/guard p',
    'dmsetup load live-store',
    // 2,048 used and 29,760 spare, whole 256 KiB of it; the brake at the end.
    '0 40960 linear /dev/zram1 0',
    '40960 17408 linear /dev/zram2 0',
    '58368 5120 delay /dev/zram2 17408 0 /dev/zram2 17408 1200 /dev/zram2 17408 0',
    'dmsetup resume live-store --noudevsync --noudevrules --nolockfs',
    'stat -f -c %f /',
    'idle',
  ]);
  t.is(await live.content('sys/block/zram2/disksize'), '11264K\n');
  // Store less brake, band, used; in blocks of 4 KiB.
  const left = 31_744 - 2560 - (640 + 992) - 2048;
  t.is(await live.content('sys/fs/ext4/dm-3/reserved_clusters'), `${2_000_000 - left / 4}\n`);
  t.regex(
    await live.content('run/live/status'),
    /^readonly=no percent=7 .* left_kib=25504 certain_kib=25504 /,
  );
  t.is(await live.content('proc/sysrq-trigger'), '');
});

test('memory of the sweep counts as free, and is asked for when much is written', async (t) => {
  const state = `${FILES['run/live/state']}SWEPT_ZRAM=zram9\n`;
  const sweep = { 'run/live/state': state, 'sys/block/zram9/mm_stat': '9999999 0 8388608 0\n' };
  const live = await machine(t, sweep);
  if (live === undefined) return;
  const sizes = 'read -r _ _ _ _ _ size _ </run/live/status; echo "$size"';
  const lines = await live.guard(`
    ${sizes}
    sh -c 'trap "echo asked; exit" USR1; until [ -e /end ]; do sleep 0.1; done; echo not asked' >/asked & ender=$!
    mkdir -p /proc/$ender; printf 'sh\\0/run/live/bin/end-of-boot\\0' >/proc/$ender/cmdline
    echo $ender >/run/live/end-of-boot.pid
    ${now(stored(2100, 1024))} settle; ${sizes}
    ${now(stored(9000, 6000))} settle; : >/end; wait $ender; cat /asked`);
  // 2,100 used and 37,952 spare, whole 256 KiB of it.
  t.deepEqual(lines, ['size_kib=31744', 'size_kib=39936', 'asked']);
});

test('memory of the sweep is counted as long as it can come', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const lines = await initrd.shell.lines(`
    mkdir -p /sys/block/zram9 /run/live /proc/77; echo '9999999 0 8388608 0' >/sys/block/zram9/mm_stat
    . /lib/live/system/guard-sums.sh; . /lib/live/system/guard-actions.sh
    read_available() { echo free memory is looked at again; }
    kill() { echo "kill $*"; }
    SWEPT_ZRAM=zram9 MEMORY_KIB=81920 stored=9000 disc_out= to_come=0 sweep_asked= percent=0
    show() { read_sweep; echo $to_come; }
    echo no pid; show
    echo 77 >/run/live/end-of-boot.pid; printf 'sh\\0/bin/another\\0' >/proc/77/cmdline
    echo another process; show
    printf 'sh\\0/run/live/bin/end-of-boot\\0' >/proc/77/cmdline
    echo there; show
    echo disc out; disc_out=yes; show; disc_out=; show
    echo given back; echo '0 0 0 0' >/sys/block/zram9/mm_stat; show
    echo '9999999 0 8388608 0' >/sys/block/zram9/mm_stat; show
    echo asked; seen=100; ask_for_sweep; seen=6099; ask_for_sweep; echo $to_come
    echo in vain; seen=6100; ask_for_sweep; echo $to_come; show`);
  const again = 'free memory is looked at again';
  t.deepEqual(lines, [
    ...['no pid', '0', 'another process', '0', 'there', '8192'],
    ...['disc out', again, '0', '8192', 'given back', again, '0', '8192'],
    ...['asked', 'kill -USR1 77', 'kill -USR1 77', '8192', 'in vain', '0', '0'],
  ]);
});

test('what is to come is asked for before room ends, and warned of only when it does not come', async (t) => {
  const state = `${FILES['run/live/state']}SWEPT_ZRAM=zram9\n`;
  const sweep = { 'run/live/state': state, 'sys/block/zram9/mm_stat': '9999999 0 16777216 0\n' };
  const live = await machine(t, sweep);
  if (live === undefined) return;
  const lines = await live.guard(`
    sleep 60 & ender=$!; echo $ender >/run/live/end-of-boot.pid; mkdir -p /proc/$ender
    printf 'sh\\0/run/live/bin/end-of-boot\\0' >/proc/$ender/cmdline; : >/dev/kmsg
    ${now({ ...stored(8000, 1024), 'proc/meminfo': meminfo(9000) })} settle
    read -r _ percent _ </run/live/status; echo "$percent"; cat /dev/kmsg
    kill -0 $ender && echo not yet
    ${now(stored(8100, 1024))} settle; wait $ender; echo "ended by $?"; rm /run/live/end-of-boot.pid
    ${now(stored(8200, 1024))} settle; cut -c 1-44 /dev/kmsg`);
  t.deepEqual(lines.slice(0, 3), ['percent=78', 'not yet', 'ended by 138']);
  // The store is cut for want of that memory.
  t.regex(lines[3] ?? '', /^<1>live: the room for changes is 9\d % full/);
  t.is(lines.length, 4);
});

test('programs that need memory get it from the unfilled store', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const less = now({ 'proc/meminfo': meminfo(20_000), 'proc/uptime': '14.05 3\n' });
  const lines = await live.guard(`: >/started; ${less} settle; cat /started`);
  t.deepEqual(lines.slice(1, 3), [
    '0 18432 linear /dev/zram1 0',
    '18432 5120 delay /dev/zram1 18432 0 /dev/zram1 18432 1200 /dev/zram1 18432 0',
  ]);
});

test('what fills the store is warned of, then stopped; other file systems go on', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const filled = now({ ...stored(25_600, 25_000), 'proc/meminfo': meminfo(14_000) });
  const full = now({ ...stored(30_000, 29_000), 'proc/meminfo': meminfo(9000) });
  const mounts = `${FILES['proc/mounts']}`.replace('rw,noatime', 'ro,noatime');
  const lines = await live.guard(`
    ${filled} settle; cat /dev/kmsg /proc/sysrq-trigger; : >/started
    ${full} settle; cat /proc/sysrq-trigger
    ${now({ 'proc/mounts': mounts })} settle; cat /dev/kmsg; grep mount /started`);
  t.regex(lines[0] ?? '', /^<1>live: the room for changes is \d+ % full, \d+ MiB are left\. /);
  t.is(lines[1], 'u');
  t.regex(lines[2] ?? '', /^<1>live: no room for changes: \/ is read-only now\. /);
  t.deepEqual(lines.slice(3), ['mount -o remount,rw,nosuid /dev/sdb1 /mnt']);
  t.regex(await live.content('run/live/status'), /readonly=yes/);
});

test('a kernel that does not make / read-only is told of once, and nothing else is claimed', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const full = (kib: number) => now({ ...stored(kib, 29_000), 'proc/meminfo': meminfo(9000) });
  // As much as a hundred waits: each ends when something is said.
  const hurry = 'for _ in $(seq 250); do echo look; done >/run/live/guard; settle;';
  const lines = await live.guard(`
    rm /dev/kmsg; mknod /dev/kmsg p; exec 9<>/dev/kmsg
    ${full(30_000)} ${hurry} ${full(30_100)} ${hurry}
    while read -r -t 1 line <&9; do echo "$line"; done; cat /proc/sysrq-trigger`);
  const told = lines.filter((line) => line.includes('read-only'));
  t.is(told.length, 1, lines.join('\n'));
  t.regex(
    told[0] ?? '',
    /^<1>live: there is no room for changes, and \/ cannot be made read-only: /,
  );
  t.is(lines.at(-1), 'u');
  t.regex(await live.content('run/live/status'), /^readonly=no /);
});

test('it warns at 75 and at 90 %, once each, and anew after there was room again', async (t) => {
  // Of 20,480 KiB 16,640 can be promised: the rest is the brake and the band for overwritten blocks.
  const state = `${FILES['run/live/state']}`.replace('STORE_FIXED=', 'STORE_FIXED=yes');
  const live = await machine(t, { 'run/live/state': state });
  if (live === undefined) return;
  const steps = [12_400, 12_600, 12_700, 14_900, 15_000, 15_100, 14_700, 15_100, 9000, 12_600];
  const fill = steps.map((kib) => `${now(stored(kib, kib / 2))} settle; drain ${kib}\n`);
  const lines = await live.guard(`
    rm /dev/kmsg; mknod /dev/kmsg p; exec 9<>/dev/kmsg
    drain() { while read -r -t 1 line <&9; do echo "$1 $line"; done; }
    ${fill.join('')}`);
  // The kernel shows messages of that level on every console, whatever "quiet" says.
  const warning =
    /^(\d+) <1>live: the room for changes is (\d+) % full, (\d+) MiB are left\. (.*)$/;
  const told = lines.map((line) => warning.exec(line)?.slice(1) ?? [line]);
  const advice = "Delete files, or add room with 'live-cow add DEVICE'.";
  t.deepEqual(told, [
    ['12600', '75', '3', advice],
    ['15000', '90', '1', advice],
    ['12600', '75', '3', advice],
  ]);
});

/** What device-mapper and the kernel tell of a store that is no zram. */
function lasting(kib: number): Record<string, string> {
  return {
    'run/initramfs/sbin/dmsetup': `#!/bin/sh\necho "0 9999 snapshot ${kib * 2}/40960 16"\n`,
    'sys/block/dm-2/stat': `0 0 0 0 0 0 ${kib * 2} 0 0\n`,
  };
}

test('a store in a file that is full is told of once, with what helps there', async (t) => {
  const state = `${FILES['run/live/state']}`
    .replace('COW=zram', 'COW=/dev/sdb1:/store')
    .replace('PERSISTENT=no', 'PERSISTENT=yes')
    .replace('=zram1:', '=dm-1:');
  const live = await machine(t, { 'run/live/state': state, ...lasting(5000) });
  if (live === undefined) return;
  const lines = await live.guard(`
    rm /dev/kmsg; mknod /dev/kmsg p; exec 9<>/dev/kmsg
    ${now(lasting(18_000))} settle; ${now(lasting(18_100))} settle; ${now(lasting(18_200))} settle
    while read -r -t 1 line <&9; do echo "$line"; done; cat /proc/sysrq-trigger`);
  t.is(lines.length, 2, lines.join('\n'));
  t.regex(
    lines[0] ?? '',
    /no room for changes, and \/ cannot be made read-only: a part of the store is a file/,
  );
  t.regex(lines[1] ?? '', /the room for changes is 100 % full, 0 MiB are left\. Delete files\.$/);
});

test('a device that is added comes behind the memory, and / is writable again', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const full = now({
    ...stored(30_000, 29_000),
    'proc/meminfo': meminfo(9000),
    'proc/mounts': '/dev/mapper/live-root / ext2 ro,noatime 0 0\n',
  });
  const lines = await live.guard(`
    ${full} settle; : >/started; echo 'add sdb 65536' >/run/live/guard
    until [ -s /run/live/answer ]; do sleep 0.1; done; settle; cat /run/live/answer /started`);
  t.regex(lines[0] ?? '', /^added \d{5}$/);
  t.deepEqual(lines.slice(lines.indexOf('dmsetup status live-root') + 1).slice(0, 5), [
    'dmsetup load live-store',
    '0 40960 linear /dev/zram1 0',
    '40960 22528 linear /dev/zram2 0',
    '63488 125952 linear /dev/sdb 0',
    '189440 5120 delay /dev/sdb 125952 0 /dev/sdb 125952 1200 /dev/sdb 125952 0',
  ]);
  t.true(lines.includes('mount -o remount,rw,noatime /dev/mapper/live-root /'));
});

test('memory that there is not is left out when a device is added', async (t) => {
  const live = await machine(t, {
    'run/initramfs/sbin/dmsetup': `#!/bin/sh
      echo "dmsetup $*" >>/started
      case $1 in load) cat >>/started ;; status) echo '0 9999 snapshot 40010/194560 16' ;; esac\n`,
  });
  if (live === undefined) return;
  const short = now({ ...stored(20_000, 19_000), 'proc/meminfo': meminfo(9000) });
  const lines = await live.guard(`
    ${short} echo 'add sdb 65536' >/run/live/guard
    until [ -s /run/live/answer ]; do sleep 0.1; done; cat /started`);
  const tables = lines.slice(
    lines.indexOf('40000 960 delay /dev/zram1 40000 0 /dev/zram1 40000 1200 /dev/zram1 40000 0'),
  );
  t.deepEqual(tables.slice(0, 8), [
    '40000 960 delay /dev/zram1 40000 0 /dev/zram1 40000 1200 /dev/zram1 40000 0',
    '40960 22528 delay /dev/zram2 0 0 /dev/zram2 0 1200 /dev/zram2 0 0',
    'dmsetup resume live-store --noudevsync --noudevrules --nolockfs',
    'dmsetup status live-root',
    'dmsetup load live-store',
    '0 40960 linear /dev/zram1 0',
    // 20,005 are taken, and 2,560 are spare: whole 256 KiB.
    '40960 4096 linear /dev/zram2 0',
    '45056 125952 linear /dev/sdb 0',
  ]);
});

test('a device that is offered while / is made read-only is taken then', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const full = now({ ...stored(30_000, 29_000), 'proc/meminfo': meminfo(9000) });
  const mounts = `${FILES['proc/mounts']}`.replace('rw,noatime', 'ro,noatime');
  const lines = await live.guard(`
    ${full} until grep -q u /proc/sysrq-trigger; do sleep 0.1; done
    echo 'add sdb 65536' >/run/live/guard; sleep 1
    ${now({ 'proc/mounts': mounts })} settle; cat /run/live/answer`);
  t.regex(lines[0] ?? '', /^added \d{5}$/);
});

test('a request that comes in two parts is one, however long the second takes', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const lines = await live.guard(`
    exec 9<>/run/live/guard; echo >&9; printf 'add s' >&9; sleep 3; echo 'db 65536' >&9
    settle; cat /run/live/answer`);
  t.regex(lines[0] ?? '', /^added \d{5}$/);
});

test('a request that is none is answered, and nothing else', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const ask = (request: string) =>
    `echo '${request}' >/run/live/guard; settle; cat /run/live/answer; rm /run/live/answer`;
  const requests = ['add sdb', 'add sdb 08', 'add sdb 9x', 'add sdb 4096 4096'];
  const lines = await live.guard(`: >/started; ${requests.map(ask).join('\n')}; cat /started`);
  t.deepEqual(
    lines,
    requests.map(() => 'failed'),
  );
});

test('an error that ends a shell does not end the guard, nor what it knows', async (t) => {
  const live = await machine(t, {
    // The guard's sums take a number; this ends its shell as a process does that cannot be started.
    'run/initramfs/bin/busybox': `#!/bin/sh
      echo "$*" >>/started
      case $1 in
      stat) [ ! -e /broken ] || { rm /broken; echo no number; exit; }; echo 2000000 ;;
      mknod) mknod -m 600 "$4" "$5" ;;
      sh) exec sh "$2" ;;
      esac\n`,
  });
  if (live === undefined) return;
  const changed = now({ 'sys/block/dm-2/stat': '0 0 0 0 0 0 5000 0 0\n' });
  const lines = await live.guard(`
    : >/broken; : >/started; ${changed} settle; settle; cat /started; kill -0 $guard && echo there
    cat /run/live/status`);
  t.deepEqual(lines.slice(0, 6), [
    'stat -f -c %f /',
    'sh /run/live/bin/guard',
    'dmsetup load live-store',
    '0 40960 linear /dev/zram1 0',
    '40960 17408 linear /dev/zram2 0',
    '58368 5120 delay /dev/zram2 17408 0 /dev/zram2 17408 1200 /dev/zram2 17408 0',
  ]);
  t.deepEqual(lines.slice(6, 9), [
    'dmsetup resume live-store --noudevsync --noudevrules --nolockfs',
    'stat -f -c %f /',
    'there',
  ]);
  t.regex(lines[9] ?? '', / size_kib=31744 used_kib=2048 /);
  t.notRegex(lines.join('\n'), /AGAIN/);
});

test('whoever ends the system finds no swap to switch off', async (t) => {
  const live = await machine(t);
  if (live === undefined) return;
  const lines = await live.guard(': >/started; end_guard; cat /started');
  t.deepEqual(lines, ['mount -o bind /dev/null /proc/swaps']);
});

test('a guard of a store that lasts tells the next one of deleted files', async (t) => {
  const state = `${FILES['run/live/state']}`.replace('PERSISTENT=no', 'PERSISTENT=yes');
  for (const [written, expected] of [
    // No more than the store has beyond its table and the 400 blocks that were allocated.
    [state, ['441']],
    [FILES['run/live/state'] ?? '', []],
  ] as const) {
    const live = await machine(t, { 'run/live/state': `${written}REUSABLE_KIB=512\n` });
    if (live === undefined) return;
    const end = 'mkdir -p /var/lib; end_guard; cat /var/lib/live-reusable 2>/dev/null; true';
    t.deepEqual(await live.guard(end), [...expected]);
  }
});
