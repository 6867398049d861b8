import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

test('an algorithm that the kernel does not know is told once, for however many devices', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  for (const folder of ['sys/class/tty/console', 'sys/block/zram0/comp_algorithm'])
    await mkdir(join(top, folder), { recursive: true });
  await writeFile(join(top, 'sys/class/tty/console/active'), 'one\n');
  await writeFile(join(top, 'proc/uptime'), '100.09 0\n');
  // Nothing can be written to a folder.
  const said = await shell.lines(`
    . /lib/live/system/messages.sh; . /lib/live/devices.sh
    load_modules() { :; }; unused_zram() { echo zram0; }; : >/dev/one
    ZRAM_ALGO=zstd
    for kib in 1024 2048 4096; do device=$(zram_device $kib) && echo "$device"; done
    cat /sys/block/zram0/disksize /dev/one`);
  t.deepEqual(said, [
    ...Array(3).fill('/dev/zram0'),
    '4096K',
    'live: the kernel does not know live.zram_algo=zstd; it takes its own default',
  ]);
});
