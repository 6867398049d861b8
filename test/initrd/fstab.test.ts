import test from 'ava';
import { enterNewRoot } from './helpers/new-root.js';

const FSTAB = `# <file system> <mount point>
UUID=0a1b / ext4 defaults 0 1
/dev/sda5 none swap sw 0 0
/swapfile none swap sw 0 0
tmpfs /tmp tmpfs size=10m 0 0
PARTUUID=77 /data ext4 nofail 0 2
`;

test('disks of the machine that the rootfs comes from are not waited for', async (t) => {
  const root = await enterNewRoot(t, { 'etc/fstab': FSTAB });
  if (root === undefined) return;
  await root.lines('. /lib/live/system.sh; comment_out_disks');
  const kept = (await root.read('root/etc/fstab'))
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  t.deepEqual(kept, ['tmpfs /tmp tmpfs size=10m 0 0', '']);
});

test('a disk that somebody has written into the fstab of a store that lasts stays there', async (t) => {
  const root = await enterNewRoot(t, { 'etc/fstab': FSTAB });
  if (root === undefined) return;
  await root.lines('. /lib/live/system.sh; has_started_before() { true; }; comment_out_disks');
  t.is(await root.read('root/etc/fstab'), FSTAB);
});
