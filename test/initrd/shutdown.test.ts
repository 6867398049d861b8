import test from 'ava';
import { enterNewRoot } from './helpers/new-root.js';

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
  grep -q " $gone/" /proc/mounts && return 1
  case "$*" in
  -l*) ;;
  */oldroot/dev | */oldroot/run/live/medium | */oldroot/run/disk) return 1 ;;
  esac
  grep -v " $gone " /proc/mounts >/run/left
  cat /run/left >/proc/mounts
}`;
const OURS = ['tmpfs / tmpfs rw 0 0', 'proc /proc proc rw 0 0', 'tmpfs /run tmpfs rw 0 0'];
// In the kernel's order: where / was before stands behind what was moved.
const OLD = [
  ...['/sys', '/sys/kernel/security', '/sys/fs/cgroup', '/proc', '/dev', '/dev/pts', '/dev/shm'],
  ...['/run', '/run/lock', '', '/run/live/medium', '/run/disk', '/home', '/home/anna/stick'],
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
