import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { busyboxInitTar } from '../fixtures/busybox-init.js';
import { verifyByProgram } from './verify-program.js';

/** `snapdisc build /` of a small Debian that "runs" in a mount namespace of its own, and its disc. */

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const tool = (name: string, debianPackage: string) => ({
  program: name,
  purpose: 'sets tests up',
  debianPackage,
});

/** What a build takes from this machine, brought into the other system, and left out of its disc. */
const BORROWED = [
  [process.execPath, '/usr/bin/node'],
  ['/usr/bin/xz', '/usr/bin/xz'],
  ['/lib64', '/lib64'],
  ['/usr/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'],
  ['/usr/lib/ISOLINUX', '/usr/lib/ISOLINUX'],
  ['/usr/lib/syslinux', '/usr/lib/syslinux'],
  [PROJECT, '/opt/snapdisc'],
] as const;

const SCRIPT = `set -eu
root=$1
bind() {
  from=$(readlink -f "$1")
  if [ -d "$from" ]; then mkdir -p "$root$2"; else : >>"$root$2"; fi
  mount --bind "$from" "$root$2"
}
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
${BORROWED.map((pair) => `bind ${pair.join(' ')}`).join('\n')}
exec chroot "$root" /usr/bin/node /opt/snapdisc/bin/snapdisc.js build / -o /srv/live.iso \\
  --target-arch=i386 --target-memory=64M ${BORROWED.map(([, to]) => `--exclude=${to}`).join(' ')}
`;

test('a disc of the system that runs starts', async (t) => {
  t.timeout(30 * 60_000);
  const root = join(await temporaryDirectory(t), 'root');
  await mkdir(root);
  const archive = await busyboxInitTar();
  await run(tool('tar', 'tar'), ['-xpf', archive, '-C', root, '--numeric-owner']);
  const unshare = tool('unshare', 'util-linux');
  await run(unshare, ['--mount', '--fork', 'sh', '-c', SCRIPT, 'sh', root]);
  const { exitCode, told } = await verifyByProgram(join(root, 'srv/live.iso'));
  t.is(exitCode, 0, JSON.stringify(told));
  t.true(told.checks.every(({ verdict }) => verdict === 'passed'));
  t.like(told.boot, { memoryMiB: 64, writable: true, root: '/dev/mapper/live-root ext2' });
});
