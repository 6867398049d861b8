import test from 'ava';
import { checkShutdown } from './facts.js';
import { bootLive, type Cell } from './live-machine.js';

const SMALL = { arch: 'i386', cpu: 'pentium3', drive: 'ide', origin: 'direct' } as const;
const CELLS: readonly Cell[] = [
  { ...SMALL, cow: 'zram', memoryMiB: 96 },
  { ...SMALL, cow: 'ram', memoryMiB: 160 },
];

for (const cell of CELLS) {
  test.serial(`a full store in ${cell.cow} is a full disk, and no more than that`, async (t) => {
    const live = await bootLive(t, cell);
    const { shell } = live;
    // Below 128 MiB udev works on one device at a time.
    const udev = await shell.output("tr '\\0' ' ' </proc/$(pidof systemd-udevd)/cmdline");
    t.is(udev.includes('--children-max=1'), (cell.memoryMiB ?? 0) < 128, udev);

    const status = () => shell.output('dmsetup status live-root');

    // What df promises must fit the store: its size is the second number, in 512-byte sectors.
    const available = Number(await shell.output('df -k --output=avail / | tail -n 1'));
    const store = Number(/snapshot \d+\/(\d+)/.exec(await status())?.[1]) / 2;
    t.true(available > store / 2 && available < store, `${available} of ${store} KiB`);

    await shell.output('dd if=/dev/urandom of=/root/kept bs=64k count=8 conv=fsync 2>/dev/null');
    const kept = await shell.output('sha256sum </root/kept');
    const filled = await shell.run('dd if=/dev/urandom of=/root/fill bs=64k conv=fsync 2>&1', 300);
    t.not(filled.status, 0);
    t.regex(filled.output, /No space left on device/);

    t.regex(await status(), /^0 \d+ snapshot \d+\/\d+ \d+$/, 'neither Overflow nor Invalid');
    await shell.output('echo 3 >/proc/sys/vm/drop_caches');
    t.is(await shell.output('sha256sum </root/kept'), kept);
    t.is(
      (await shell.run('for each in /usr/bin/dpkg /usr/bin/perl /bin/ls; do $each --version; done'))
        .status,
      0,
    );
    t.is(await shell.output('dmesg | grep -ciE "oom-kill|out of memory" || true'), '0');

    await shell.output('rm /root/fill && sync');
    await shell.output('dd if=/dev/urandom of=/root/again bs=64k count=8 conv=fsync 2>/dev/null');
    t.regex(await status(), /^0 \d+ snapshot \d+\/\d+ \d+$/);
    await checkShutdown(t, live);
  });
}
