import test from 'ava';
import { enterNewRoot, SYSTEMD } from './helpers/new-root.js';

/** The functions of the script that ends the system; it does its work as soon as it is read. */
const FUNCTIONS = `eval "$(sed -n '/^[a-z_]*() {/,/^}/p' /lib/live/shutdown)"`;

/**
 * As the kernel does it: what something is mounted in stays, as does what a loop device or swap uses, and
 * the list changes under its readers.
 */
const KERNEL = `
umount() {
  eval "gone=\\\${$#}"
  echo "$*" >>/run/asked
  case $gone in *'\\040'*) return 1 ;; esac
  gone=$(echo "$gone" | sed 's/ /\\\\040/g')
  grep -qF " $gone/" /proc/mounts && return 1
  case "$*" in
  -l*) ;;
  */oldroot/dev | */oldroot/run/live/medium | */oldroot/run/disk) return 1 ;;
  esac
  grep -vF " $gone " /proc/mounts >/run/left
  cat /run/left >/proc/mounts
}`;
const OURS = ['tmpfs / tmpfs rw 0 0', 'proc /proc proc rw 0 0', 'tmpfs /run tmpfs rw 0 0'];
// In the kernel's order: where / was before stands behind what was moved.
const OLD = [
  ...['/sys', '/sys/kernel/security', '/sys/fs/cgroup', '/proc', '/dev', '/dev/pts', '/dev/shm'],
  ...['/run', '/run/lock', '', '/run/live/medium', '/run/disk', '/home', '/home/anna/stick'],
  '/media/USB\\040STICK',
  ...['/proc/sys/fs/binfmt_misc', '/run/initramfs', '/usr/lib/systemd/systemd-shutdown'],
];

test('everything of the old root is unmounted, whatever lies in what', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  // A stick that was mounted in /run, which is there twice.
  const stick = '/dev/sdb1 /run/disk ext2 rw 0 0';
  const old = OLD.map((path) => `device /oldroot${path} type rw 0 0`);
  await root.write('proc/mounts', `${[...OURS, stick, ...old].join('\n')}\n`);
  await root.lines(`${FUNCTIONS}\n${KERNEL}\nunmount_all`);
  t.is(await root.read('proc/mounts'), `${OURS.join('\n')}\n`);
});

const INITTAB = '::sysinit:/etc/init.d/rcS\n::shutdown:/bin/umount -a -r\n';
const SCRIPT = '#!/bin/sh\ncase $1 in stop) echo "switched off" ;; esac\n';
const END = 'INIT=/sbin/init; for _ in 1 2; do end_in_memory; done';

test("busybox' init comes to our last program last", async (t) => {
  const files = { 'sbin/init': '-> /bin/busybox', 'etc/inittab': INITTAB };
  const root = await enterNewRoot(t, files);
  if (root === undefined) return;
  const folders = ['/run/initramfs', '/run/live/bin', '/run/live/late'];
  const mounts = folders.map((path) => `mount -o bind ${path} ${path}`);
  t.deepEqual(await root.lines(END), [...mounts, ...mounts]);
  const line = '::shutdown:/bin/sh /run/initramfs/shutdown init\n';
  t.is(await root.read('root/etc/inittab'), INITTAB + line, 'once, also in a store that lasts');
});

test("sysvinit's scripts end in our last program, and do nothing else that they did not", async (t) => {
  const files = { 'sbin/init': 'ELF', 'etc/init.d/halt': SCRIPT, 'etc/init.d/reboot': SCRIPT };
  const root = await enterNewRoot(t, files);
  if (root === undefined) return;
  await root.write('run/initramfs/shutdown', 'echo "told to $1"\n');
  const ends = 'for word in stop start; do sh /root/etc/init.d/$name $word; done';
  t.deepEqual(
    await root.lines(`${END} >/dev/null
      for name in halt reboot; do ${ends}; done; name=halt; export INIT_HALT=HALT; ${ends}`),
    ['told to POWEROFF', 'told to reboot', 'told to HALT'],
  );
  const halt = await root.read('root/etc/init.d/halt');
  t.is(halt.split('\n').length, SCRIPT.split('\n').length + 1, 'also in a store that lasts');
});

test("sysvinit's scripts leave /run the room for what is unpacked there", async (t) => {
  const files = { 'sbin/init': 'ELF', 'etc/default/tmpfs': '#RUN_SIZE=10%\nRUN_SIZE=10%\n' };
  const root = await enterNewRoot(t, files);
  if (root === undefined) return;
  await root.lines(END);
  t.is(await root.read('root/etc/default/tmpfs'), '#RUN_SIZE=10%\nRUN_SIZE=75%\n');
});

test('only where systemd runs is its folder in /run, by which programs know it', async (t) => {
  const forget = 'mkdir -p /run/systemd/system; forget_systemd; ls /run | grep systemd || :';
  const inits = [
    { files: { 'sbin/init': 'ELF' }, left: [] },
    { files: SYSTEMD, left: ['systemd'] },
  ];
  for (const { files, left } of inits) {
    const root = await enterNewRoot(t, files);
    if (root === undefined) return;
    t.deepEqual(await root.lines(forget), left);
  }
});

test("systemd's way of ending stays as it is", async (t) => {
  const root = await enterNewRoot(t, { ...SYSTEMD, 'etc/inittab': INITTAB });
  if (root === undefined) return;
  t.deepEqual(await root.lines(END), []);
  t.is(await root.read('root/etc/inittab'), INITTAB);
});

/**
 * The tools of device-mapper tell what they are asked for. What reads fails after so many `reads`, as it does
 * where memory is short and the disc is not there.
 */
const DEVICES = `
warn() { echo "warn $1"; }
remove_devices() { echo remove_devices; }
blockdev() { echo 2048; }
dmsetup() {
  case $1 in
  table) printf '%s\n' '0 8 linear 11:0 64' '8 2040 zero' ;;
  load) set -- "$@" "$(sed 's/^/    /')"; echo "$1 $2 $3:
$4" ;;
  *) echo "$*" ;;
  esac
}
cat() { echo "read $*" >>/run/read; [ "$(wc -l </run/read)" -le "$reads" ]; }
reads=9 disc_held=1`;
const CUT = `${FUNCTIONS}\n${DEVICES}`;
const ORIGIN =
  'mkdir -p /dev/mapper; mknod /dev/mapper/live-origin b 253 200; : >/proc/sys/vm/drop_caches';
const load = (...table: string[]) => [
  'load --readonly live-origin:',
  ...table.map((line) => `    ${line}`),
  'resume --noudevsync live-origin',
];
const ERRORS = load('0 2048 error');

test('an init that stays is in memory before the disc is taken from below it', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await root.write('proc/1/map_files/8000-9000', '');
  await root.write('proc/1/map_files/9000-a000', '');
  await root.write('proc/sys/vm/drop_caches', '');
  t.deepEqual(await root.lines(`${CUT}\ncut_off_init`), [], 'systemd leaves nothing');
  const said = await root.lines(`${ORIGIN}\n${CUT}\ncut_off_init; echo "held: $disc_held"`);
  t.deepEqual(said, [...ERRORS, 'remove_devices', 'held: 1']);
  const read = 'read /proc/1/map_files/8000-9000 /proc/1/map_files/9000-a000\n';
  t.is(await root.read('run/read'), read + read, 'and once more without the disc');
  t.is(await root.read('proc/sys/vm/drop_caches'), '3\n', 'what else is in memory makes room');

  const maps = ['8000-9000 r-xp 0 fd:02 1  /oldroot/bin/init', '9000-a000 rw-p 0 00:00 0', ''];
  await root.write('proc/1/maps', maps.join('\n'));
  await root.lines(`rm -r /proc/1/map_files /run/read\n${CUT}\nread_init`);
  t.is(await root.read('run/read'), 'read /oldroot/bin/init\n', 'without the links');
});

test('where memory is too short for it the disc stays', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await root.write('proc/sys/vm/drop_caches', '');
  await root.write('proc/1/map_files/8000-9000', '');
  for (const held of ['1', '']) {
    const cut = `rm -f /run/read /dev/mapper/live-origin; ${ORIGIN}\n${CUT}
      reads=1 disc_held=${held}; cut_off_init; echo "held: $disc_held"`;
    const told =
      held === '' ? [] : ['warn Memory is short: leave the disc in until the machine is off.'];
    t.deepEqual(await root.lines(cut), [
      ...ERRORS,
      ...load('0 8 linear 11:0 64', '8 2040 zero'),
      ...told,
      'held: ',
    ]);
  }
});
