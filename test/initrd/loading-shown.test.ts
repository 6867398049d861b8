import test from 'ava';
import { liveRoot } from './helpers/live-root.js';

/** The guard's figures; `$$` is a process that is there. */
const STATUS = `readonly=no percent=41 changes_kib=9472 left_kib=13312 size_kib=26624 \\
  used_kib=9472 stored_kib=4120 memory_left_kib=31204 cow=zram`;

test('live-status shows how far the root image is loaded, as long as it is', async (t) => {
  const root = await liveRoot(t, {});
  if (root === undefined) return;
  await root.write({
    '/dev/null': '',
    '/run/live/load-to-ram': '39 %\n',
    '/run/live/load-to-ram.pid': '1\n',
  });
  const ask = `mkdir() { /run/initramfs/bin/busybox mkdir "$@"; }; mkdir -p /proc/$$
    echo pid=$$ ${STATUS} >/run/live/status; /bin/sh ./live-status`;
  const shown = await root.run(ask);
  t.regex(shown, /^Changes {2}\[#{8}\.{12}\] 41 %$/m);
  t.regex(shown, /^Loading {2}\[#{7}\.{13}\] 39 %$/m);
  await root.remove('/run/live/load-to-ram.pid');
  const later = await root.run(ask);
  t.regex(later, /^Changes/);
  t.notRegex(later, /Loading/);
});
