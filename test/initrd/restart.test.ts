import test, { type ExecutionContext } from 'ava';
import { liveRoot } from './helpers/live-root.js';

const [TRIGGER, REQUESTS] = ['/proc/sysrq-trigger', '/run/live/guard'];

/** What the kernel would have been asked for by `script`. A named pipe keeps it. */
async function asked(t: ExecutionContext, script: string): Promise<string | undefined> {
  const root = await liveRoot(t, { DISC: '/dev/sr0' });
  if (root === undefined) return undefined;
  await root.write({ [TRIGGER]: '', '/dev/null': '' });
  await root.run(`busybox() { /run/initramfs/bin/busybox "$@"; }
    busybox rm ${TRIGGER}; busybox mknod ${TRIGGER} p; busybox mknod ${REQUESTS} p
    . ./resident.sh; . ./drive-watch.sh; . ./guard-actions.sh; exec 3<>${REQUESTS} 8<>${TRIGGER}
    ${script}
    echo end >&8
    while read -r -t 10 request <&8 && [ "$request" != end ]; do echo "$request" >>/asked; done
    : >>/asked`);
  return (await root.read('/asked')).replaceAll('\n', ' ');
}

test('an end that is asked for: write what can be written, then restart, or switch off', async (t) => {
  for (const [request, last] of [
    ['reboot', 'b'],
    ['poweroff', 'o'],
  ]) {
    const said = await asked(t, `request=${request}; answer`);
    if (said === undefined) return;
    t.is(said, `s u ${last}`);
  }
});
