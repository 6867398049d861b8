import test from 'ava';
import { liveRoot } from './helpers/live-root.js';

test('a restart without the disc: write what can be written, then restart', async (t) => {
  const root = await liveRoot(t, { DISC: '/dev/sr0' });
  if (root === undefined) return;
  const [trigger, requests] = ['/proc/sysrq-trigger', '/run/live/guard'];
  await root.write({ [trigger]: '', '/dev/null': '' });
  // A named pipe keeps what the kernel would have been asked for.
  await root.run(`busybox() { /run/initramfs/bin/busybox "$@"; }
    busybox rm ${trigger}; busybox mknod ${trigger} p; busybox mknod ${requests} p
    . ./drive-watch.sh; exec 3<>${requests}; restart_now & guard=$!
    exec 8<>${trigger}
    for _ in 1 2 3; do read -r -t 10 request <&8; echo "$request" >>/asked; done
    wait $guard; true`);
  t.is(await root.read('/asked'), 's\nu\nb');
});
