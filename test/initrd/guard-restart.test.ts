import test from 'ava';
import { liveRoot } from './helpers/live-root.js';

test('the guard restarts the machine when a shell asks it to, and without the disc', async (t) => {
  const root = await liveRoot(t, { DISC: '/dev/sr0' });
  if (root === undefined) return;
  const [trigger, requests] = ['/proc/sysrq-trigger', '/run/live/guard'];
  await root.write({ [trigger]: '', '/dev/null': '' });
  // A named pipe keeps what the kernel would have been asked for.
  await root.run(`busybox() { /run/initramfs/bin/busybox "$@"; }
    busybox rm ${trigger}; busybox mknod ${trigger} p; busybox mknod ${requests} p
    . ./guard-actions.sh
    exec 3<>${requests} 8<>${trigger}
    PATH= request=other; answer; request=reboot; answer
    for _ in 1 2 3; do read -r -t 1 request <&8; echo "$request" >>/asked; done`);
  t.is(await root.read('/asked'), 's\nu\nb');
});
