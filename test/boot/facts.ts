import type { ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import { DAEMON } from '../fixtures/make-deb.js';
import { PACKAGE_ON_MEDIUM, sha256 } from './live-iso.js';
import type { Cell, LiveMachine } from './live-machine.js';
import { takeDiscOut } from './tray.js';

/** What a live system says about itself, checked against the cell it was booted on. */

/** / is ext2 on the snapshot, writable, without access times. */
export async function checkRoot(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const mounts = await shell.output('cat /proc/mounts');
  const root = mounts.split('\n').filter((line) => line.split(' ')[1] === '/');
  t.is(root.length, 1, mounts);
  const [device, , type, options = ''] = root[0]?.split(' ') ?? [];
  t.is(device, '/dev/mapper/live-root');
  t.is(type, 'ext2');
  t.true(options.split(',').includes('rw'), options);
  t.true(options.split(',').includes('noatime'), options);
}

/** Origin and store are what the cell asks for, on the controller it asks for. */
export async function checkDevices(
  t: ExecutionContext,
  shell: SerialShell,
  cell: Cell,
): Promise<void> {
  t.regex(await shell.output('dmsetup status live-root'), /^0 \d+ snapshot \d+\/\d+ \d+$/);
  // 8 sectors a chunk: one block of the file system.
  t.regex(await shell.output('dmsetup table live-root'), /^0 \d+ snapshot \S+ \S+ PO 8/);
  t.is(await shell.output('blockdev --getro /dev/mapper/live-origin'), '1');
  t.is(await shell.output('blockdev --getro /dev/mapper/live-root'), '0');

  const store = await slaves(shell, 'live-store');
  t.true(
    store.some((name) => name.startsWith(cell.cow === 'zram' ? 'zram' : 'ram')),
    `${store}`,
  );

  // The guard has made the store larger.
  if (cell.cow === 'ram') t.is((await shell.run('test -e /sys/block/ram1')).status, 0);

  const [, percent] = /live\.cow_size=(\d+)%/.exec(cell.parameters ?? '') ?? [];
  if (percent !== undefined) await checkFixedSize(t, shell, Number(percent));

  const origin = await slaves(shell, 'live-origin');
  const optical = cell.drive !== 'usb';
  const driveName = optical ? /^sr\d+$/ : /^sd[a-z]+$/;
  let drive = origin.find((name) => driveName.test(name));
  if (cell.origin === 'loop') {
    t.is(drive, undefined, 'the drive is not mapped itself');
    const backing = await shell.output('cat /sys/block/loop*/loop/backing_file');
    t.regex(backing, /root\.img/);
    drive = (await shell.output('lsblk -rno NAME -d'))
      .split('\n')
      .find((name) => driveName.test(name));
  }
  t.truthy(drive, `${origin}`);
  t.is(await shell.output(`blockdev --getro /dev/${drive}`), '1');
  const drivers = await driversOf(shell, drive ?? '');
  t.true(drivers.includes(expectedDriver(cell)), `${drivers}`);
}

/** The store has that part of all memory, and the guard leaves it so. */
async function checkFixedSize(t: ExecutionContext, shell: SerialShell, percent: number) {
  const total = Number(await shell.output("awk '/^MemTotal/ { print $2 }' /proc/meminfo"));
  const kib = Number(await shell.output('blockdev --getsize64 /dev/mapper/live-store')) / 1024;
  t.true(Math.abs(kib - (total * percent) / 100) < 16, `${kib} of ${total} KiB`);
  t.is(await shell.output('. /run/live/state; echo $STORE_FIXED'), 'yes');
}

/** A write survives its way through the store: synced, forgotten, read back. */
export async function checkWrite(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const used = async () => {
    const status = await shell.output('dmsetup status live-root');
    return Number(/snapshot (\d+)\//.exec(status)?.[1]);
  };
  const before = await used();
  await shell.output('dd if=/dev/urandom of=/var/tmp/proof bs=64k count=32 2>/dev/null; sync');
  const written = await shell.output('sha256sum </var/tmp/proof');
  await shell.output('echo 3 >/proc/sys/vm/drop_caches');
  t.is(await shell.output('sha256sum </var/tmp/proof'), written);
  // 2 MiB in 512-byte sectors.
  t.true((await used()) - before >= 4096, 'the store holds what was written');
}

/** A machine of little memory swaps to compressed memory, half of all unless another percentage was asked for. */
export async function checkSwap(
  t: ExecutionContext,
  shell: SerialShell,
  percent = 50,
): Promise<void> {
  const total = Number(await shell.output("awk '/^MemTotal/ { print $2 }' /proc/meminfo"));
  const [, size] =
    /^\/dev\/zram\d+\s+partition\s+(\d+)/m.exec(await shell.output('cat /proc/swaps')) ?? [];
  // In KiB, less the swap header's page.
  t.true(Math.abs(Number(size) - (total * percent) / 100) < 16, `${size} of ${total} KiB`);
}

/** The disc's other files can be read at /run/live/medium. */
export async function checkMedium(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const packageName = await shell.output(`dpkg-deb -f ${PACKAGE_ON_MEDIUM} Package`);
  t.is(packageName, DAEMON.package);
}

/** Drives that Linux calls sr0. */
const OPTICAL: ReadonlySet<Cell['drive']> = new Set<Cell['drive']>(['ide', 'sata', 'scsi']);

/** udev has not looked at an optical disc, but knows what it is. */
export async function checkDescription(
  t: ExecutionContext,
  shell: SerialShell,
  { drive }: Cell,
): Promise<void> {
  if (!OPTICAL.has(drive)) return;
  await shell.output('udevadm settle', 60);
  const known = await shell.output('udevadm info -q property /dev/sr0');
  t.regex(known, /^ID_FS_TYPE=iso9660$/m);
  t.regex(known, /^ID_FS_LABEL=SNAPDISC$/m);
  t.notRegex(
    known,
    /^ID_(?:FS_BLOCK_SIZE|FS_APPLICATION_ID|PART_TABLE)/m,
    'what only a look tells',
  );
  const uuid = await shell.output('blkid -p -o value -s UUID /dev/sr0');
  t.is(await shell.output(`readlink /dev/disk/by-uuid/${uuid}`), '../../sr0');
  // The root image has that label, too.
  t.is(await shell.output('readlink /dev/disk/by-label/SNAPDISC'), '../../sr0');
  const loops = 'for loop in /sys/block/loop*; do udevadm info -q property -p $loop; done; true';
  t.notRegex(await shell.output(loops), /^ID_FS_/m);
}

/** The store's guard runs, and there is room. */
export async function checkGuard(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const pid = await shell.output('cat /run/live/guard.pid');
  t.regex(
    await shell.output(`tr '\\0' ' ' </proc/${pid}/cmdline`),
    / sh \/run\/live\/bin\/guard $/,
  );
  t.regex(await shell.output('live-status'), /^Changes +\[#*\.+\] \d+ %\n/);
  const status = JSON.parse(await shell.output('live-status --json'));
  t.like(status, { readOnly: false, store: 'zram' });
  t.true(status.percent < 75 && status.leftKiB > 1024, JSON.stringify(status));
}

/** The only network card has the address that QEMU's network gives out, and leads to others. */
export async function checkAddress(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const address = 'busybox ip -o -4 addr show scope global';
  await shell.output(
    `n=0; until ${address} | grep -q inet || [ $((n += 1)) -gt 60 ]; do sleep 1; done`,
    90,
  );
  t.deepEqual((await shell.output(address)).match(/inet \S+/g), ['inet 10.0.2.15/24']);
  t.regex(await shell.output('busybox ip route'), /^default via 10\.0\.2\.2 /m);
  t.regex(await shell.output('cat /etc/resolv.conf'), /^nameserver 10\.0\.2\.3$/m);
  t.is((await shell.run('ping -c 1 10.0.2.2')).status, 0);
}

/** Nothing was lost on the way to the disc, and nothing complains. */
export async function checkHealth(t: ExecutionContext, shell: SerialShell): Promise<void> {
  t.regex(await shell.output('getcap /usr/bin/ping'), /cap_net_raw/);
  await checkUnits(t, shell);
  const patience = 'systemctl show --property=DefaultDeviceTimeoutUSec --value';
  t.is(await shell.output(patience), '5min');
  // A soft lockup of an emulated processor says only that its host is busy.
  const log = (await shell.output('dmesg')).replaceAll('BUG: soft lockup', '');
  t.deepEqual(log.match(/.*(I\/O error|EXT[24]-fs[^\n]*error|Buffer I\/O|Oops|BUG:).*/g), null);
}

/**
 * No unit of the system has failed. A call to systemd may take 25 s, which an emulated processor can be stuck for:
 * what has failed once must not fail again.
 */
async function checkUnits(t: ExecutionContext, shell: SerialShell): Promise<void> {
  const failed = 'systemctl list-units --failed --plain --no-legend';
  for (const line of (await shell.output(failed)).split('\n').filter(Boolean)) {
    const unit = line.split(' ')[0] ?? '';
    t.log(
      await shell.output(
        `systemctl status --no-pager ${unit}; systemctl restart ${unit}; true`,
        90,
      ),
    );
  }
  t.is(await shell.output(failed), '');
}

/** Switches the machine off from inside; the image is, to the byte, what it was. */
export async function checkShutdown(
  t: ExecutionContext,
  live: LiveMachine,
  command = 'systemctl poweroff',
): Promise<void> {
  const { machine } = live;
  await live.shell.leave(command);
  let began = Date.now();
  const passed = () => `${Math.round((Date.now() - began) / 1000)} s`;
  // A machine that does not ask ends without these words.
  const words = 'live: Please remove the disc, close the tray and press Enter';
  const asks = machine.expect(words, 180).then(
    () => true,
    () => false,
  );
  t.is(await asks, live.asksForDisc);
  t.log(`${passed()} to ${live.asksForDisc ? 'the question' : 'the end'}`);
  if (live.asksForDisc) {
    await takeDiscOut(t, machine);
    machine.send('\n');
    began = Date.now();
    // Sooner than when nobody answers.
    await t.notThrowsAsync(machine.expect('reboot: Power down', 25));
    t.log(`${passed()} from Enter to the end`);
  }
  // The virtual machine itself waits for its host's disk.
  await t.notThrowsAsync(machine.waitForExit(120));
  t.is(await sha256(live.iso), live.sha256, 'the disc is unchanged');
}

async function slaves(shell: SerialShell, name: string): Promise<string[]> {
  const device = `$(dmsetup info --columns --noheadings -o blkdevname ${name})`;
  return (await shell.output(`ls /sys/block/${device}/slaves`)).split('\n');
}

/** The drivers from the drive up to the PCI bus. */
async function driversOf(shell: SerialShell, drive: string): Promise<string[]> {
  const climb = `d=$(readlink -f /sys/block/${drive}/device); while [ "$d" != /sys ]; do
    [ -e "$d/driver" ] && basename "$(readlink "$d/driver")"; d=\${d%/*}; done`;
  return (await shell.output(`${climb}; true`)).split('\n');
}

function expectedDriver(cell: Cell): string {
  switch (cell.drive) {
    case 'ide':
      return 'ata_piix';
    case 'sata':
      return 'ahci';
    case 'virtio':
      return 'virtio_scsi';
    case 'scsi':
      return (cell.scsiController ?? 'sym53c8xx').replace('-', '_');
    case 'usb':
      return { uhci: 'uhci_hcd', ehci: 'ehci-pci', xhci: 'xhci_hcd' }[cell.usbController ?? 'ehci'];
  }
}
