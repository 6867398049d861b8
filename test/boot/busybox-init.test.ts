import test, { type ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import { busyboxInitTar } from '../fixtures/busybox-init.js';
import { checkAddress, checkGuard, checkShutdown } from './facts.js';
import { emptyDisk } from './iso-parts.js';
import { type Flavour, liveIso } from './live-iso.js';
import { bootPastMenu } from './past-menu.js';

/** Nothing but busybox' init: no systemd, no udev, nobody who loads a network card's driver. */
const FLAVOUR: Flavour = {
  name: '+busybox-init',
  packages: [],
  rootfs: () => busyboxInitTar(),
  onDisc: {},
  login: ['--autologin'],
  flags: ['--initrd-module', 'e1000'],
};
/** An init whose files no memory is left for once LEFT_KIB are, whatever else ends with it. */
const LARGE_INIT: Flavour = {
  ...FLAVOUR,
  name: '+large-busybox-init',
  rootfs: () => busyboxInitTar(24),
};
const DISK_MIB = 48;
/** Enough for what runs at the end: with 4000 the kernel killed `poweroff` for want of memory. */
const LEFT_KIB = 12000;
/** Seconds. */
const FILL = 400;
const RANDOM = 'dd if=/dev/urandom bs=64k';

test.serial('busybox init, 48 MiB: an address, and the end', async (t) => {
  const live = await bootPastMenu(t, await liveIso('i386', FLAVOUR), 'live.net=dhcp', {
    memoryMiB: 48,
  });
  t.is(await live.shell.output('cat /proc/1/comm'), 'init');
  await checkGuard(t, live.shell);
  await checkAddress(t, live.shell);
  await checkShutdown(t, live, 'poweroff');
});

test.serial('busybox init, 64 MiB: a full store, room on a disk, and the end', async (t) => {
  const live = await bootPastMenu(t, await liveIso('i386', FLAVOUR), 'live.net=no', {
    memoryMiB: 64,
    extraDrives: [{ path: await emptyDisk(t, DISK_MIB) }],
  });
  const { shell, machine } = live;
  t.is(await shell.output('busybox ip -o -4 addr show scope global'), '', 'live.net=no');
  await watchSnapshot(shell);

  const kept = `${RANDOM} of=/root/kept count=8 conv=fsync 2>/dev/null; sha256sum /root/kept`;
  await shell.output(`${kept} >/run/sums`);
  for (const code of [1, 2]) await fillUntil(t, shell, code);
  const full = await shell.run(`${RANDOM} of=/root/fill count=1024 conv=fsync 2>&1`, FILL);
  t.regex(full.output, /No space left on device|Read-only file system/);
  t.not(full.status, 0);
  await checkKept(t, shell);
  const warned = (percents: string) =>
    new RegExp(`live: the room for changes is (?:${percents}) % full`);
  t.regex(machine.console.transcript, warned('7[5-9]|8\\d'));
  t.regex(machine.console.transcript, warned('9\\d|100'));

  await overwriteModules(t, shell);
  await checkKept(t, shell);

  t.log(await shell.output('live-cow add /dev/vda', FILL));
  t.regex(await shell.output('findmnt -n -o OPTIONS /'), /^rw\b/);
  await shell.output(`${RANDOM} of=/root/more count=${DISK_MIB * 8} conv=fsync 2>&1`, FILL);
  t.is((await shell.run('live-status')).status, 0);
  await checkKept(t, shell);
  // A full store leaves the memory that init needs without the disc.
  await checkShutdown(t, live, 'poweroff');
});

test.serial(
  'busybox init, 64 MiB: with /run full of files, the disc stays in until the end',
  async (t) => {
    const live = await bootPastMenu(t, await liveIso('i386', LARGE_INIT), 'live.net=no', {
      memoryMiB: 64,
    });
    const { shell, machine } = live;
    await shell.output('while [ -e /run/live/end-of-boot.pid ]; do sleep 1; done; sleep 3', 120);
    await shell.output(
      `mount -o remount,size=100% /run
    while read -r name kib _; do [ $name != MemAvailable: ] || available=$kib; done </proc/meminfo
    head -c $((available - ${LEFT_KIB}))K /dev/urandom >/run/files`,
      FILL,
    );
    t.is(await shell.output('grep ^oom_kill /proc/vmstat'), 'oom_kill 0');
    await checkShutdown(t, { ...live, asksForDisc: false }, 'poweroff');
    t.true(machine.console.transcript.includes('live: Memory is short: leave the disc in'));
    t.true(machine.console.transcript.includes('reboot: Power down'));
  },
);

/** The snapshot's own words, again and again from here on. */
async function watchSnapshot(shell: SerialShell): Promise<void> {
  await shell.output('while dmsetup status live-root >>/run/watched; do sleep 0.3; done &');
}

/** Writes until live-status ends with at least this code, in steps that the guard can follow. */
async function fillUntil(t: ExecutionContext, shell: SerialShell, code: number): Promise<void> {
  const step = `${RANDOM} of=/root/step-${code}-$n count=8 conv=fsync 2>/dev/null`;
  await shell.output(
    `n=0; until live-status >/dev/null; [ $? -ge ${code} ]; do n=$((n + 1)); ${step}; sleep 0.3; done`,
    FILL,
  );
  const { status } = await shell.run('live-status');
  t.true(status >= code && status < 3, `${status}`);
}

/** What is on the disc already needs no free block: the store's end makes / read-only. */
async function overwriteModules(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const write = `${RANDOM} of="$file" count=1 conv=notrunc,fsync 2>&1`;
  const { output } = await shell.run(
    `find /usr/lib/modules -type f -size +64k | while read -r file; do ${write} || break; done`,
    FILL,
  );
  t.regex(output, /Read-only file system|No space left/, output.slice(-500));
  t.regex(await shell.output('findmnt -n -o OPTIONS /'), /^ro\b/);
  t.is((await shell.run('live-status')).status, 3);
}

/** The snapshot has been whole all the time, and what was fsynced is in the store. */
async function checkKept(t: ExecutionContext, shell: SerialShell): Promise<void> {
  await shell.output('sync; echo 3 >/proc/sys/vm/drop_caches');
  await shell.output('sha256sum -c /run/sums');
  const watched = (await shell.output('cat /run/watched')).split('\n');
  t.deepEqual(
    watched.filter((line) => !/^0 \d+ snapshot \d+\/\d+ \d+$/.test(line)),
    [],
  );
  t.is(await shell.output('grep ^oom_kill /proc/vmstat'), 'oom_kill 0');
}
