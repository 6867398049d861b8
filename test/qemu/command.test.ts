import test from 'ava';
import fc from 'fast-check';
import { leaveHint, type QemuOptions, qemuCommand } from '../../src/qemu/command.js';
import { DRIVES, type DriveOptions } from '../../src/qemu/drives.js';

const COMMON: QemuOptions = {
  iso: 'live.iso',
  arch: 'i386',
  memoryMiB: 64,
  drive: 'ide',
  display: 'none',
  serial: 'stdio',
};

/** The values of each `-name`, in order. */
function values(options: QemuOptions, name: string): string[] {
  const { args } = qemuCommand(options);
  return args.filter((_, index) => args[index - 1] === name);
}

test('the whole command line of a plain machine', (t) => {
  const { tool, args } = qemuCommand(COMMON);
  t.is(tool.program, 'qemu-system-i386');
  t.deepEqual(args, [
    ...['-machine', 'pc', '-accel', 'tcg', '-cpu', 'qemu32', '-m', '64M'],
    ...['-nodefaults', '-nic', 'none', '-vga', 'std', '-boot', 'strict=on', '-display', 'none'],
    ...['-chardev', 'stdio,id=serial0,signal=off', '-serial', 'chardev:serial0'],
    '-blockdev',
    '{"driver":"raw","node-name":"disc","read-only":true,' +
      '"file":{"driver":"file","filename":"live.iso","read-only":true}}',
    ...['-device', 'ide-cd,bus=ide.1,unit=0,drive=disc,id=drive-disc,bootindex=1'],
  ]);
});

const CONTROLLERS: readonly [DriveOptions, readonly string[]][] = [
  [{ drive: 'sata' }, ['ide-cd']],
  [{ drive: 'scsi' }, ['lsi53c895a', 'scsi-cd']],
  [{ drive: 'scsi', scsiController: 'am53c974' }, ['am53c974', 'scsi-cd']],
  [{ drive: 'virtio' }, ['virtio-scsi-pci', 'scsi-cd']],
  [{ drive: 'usb' }, ['usb-ehci', 'usb-storage']],
  [{ drive: 'usb', usbController: 'uhci' }, ['piix3-usb-uhci', 'usb-storage']],
  [{ drive: 'usb', usbController: 'xhci' }, ['qemu-xhci', 'usb-storage']],
];

for (const [drive, devices] of CONTROLLERS) {
  test(`devices of ${Object.values(drive).join(', ')}`, (t) => {
    const options = { ...COMMON, ...drive };
    const found = values(options, '-device').map((device) => device.split(',')[0] ?? '');
    t.deepEqual(found, devices);
    t.deepEqual(values(options, '-machine'), [drive.drive === 'sata' ? 'q35' : 'pc']);
  });
}

test('a stick can be written to only when asked for', (t) => {
  const stick = { ...COMMON, drive: 'usb' } as const;
  t.regex(values(stick, '-blockdev').join(), /"read-only":true/);
  t.notRegex(values({ ...stick, writable: true }, '-blockdev').join(), /"read-only":true/);
});

test('a network card is there only when asked for', (t) => {
  t.deepEqual(values(COMMON, '-nic'), ['none']);
  const [nic = ''] = values({ ...COMMON, network: 'user' }, '-nic');
  t.deepEqual(nic.split(',').sort(), ['model=e1000', 'user']);
});

test('a kernel is booted directly, the disc stays', (t) => {
  const direct = { ...COMMON, kernel: 'vmlinuz', initrd: 'a,b', append: 'console=ttyS0,115200' };
  t.deepEqual(values(direct, '-kernel'), ['vmlinuz']);
  t.deepEqual(values(direct, '-initrd'), ['a,b']);
  t.deepEqual(values(direct, '-append'), ['console=ttyS0,115200']);
  t.is(values(direct, '-blockdev').length, 1);
  t.is(values({ ...direct, iso: undefined }, '-blockdev').length, 0);
});

test('displays, serial ports and how to leave them', (t) => {
  const onTerminal: QemuOptions = { ...COMMON, serial: 'terminal' };
  t.deepEqual(values(onTerminal, '-serial'), ['mon:stdio']);
  t.is(leaveHint(onTerminal), 'To leave: Ctrl-A, then X.');
  const onConsole: QemuOptions = { ...COMMON, display: 'console', serial: 'none' };
  t.deepEqual(values(onConsole, '-display'), ['curses']);
  t.deepEqual(values(onConsole, '-serial'), []);
  t.regex(leaveHint(onConsole) ?? '', /quit/);
  t.deepEqual(values({ ...COMMON, serial: { socket: 'a,b' } }, '-serial'), [
    'unix:a,,b,server=on,wait=off',
  ]);
  const inWindow: QemuOptions = { ...COMMON, display: 'window' };
  t.deepEqual(values(inWindow, '-display'), []);
  t.regex(leaveHint(inWindow) ?? '', /close the window/);
  t.is(leaveHint(COMMON), undefined);
});

test('further drives, NBD, monitor, trace and reboot', (t) => {
  const options: QemuOptions = {
    ...COMMON,
    iso: { nbdSocket: 'disc.sock' },
    extraDrives: [
      { path: 'disk.img' },
      { path: 'old.qcow2', format: 'qcow2', bus: 'ide' },
      { path: 'watched.img', writeLog: 'writes.log' },
    ],
    qmpSocket: 'a,b',
    trace: { events: ['scsi_*', 'ide_*'], file: 'trace.log' },
    noReboot: true,
    serialNumber: 'a,b',
  };
  const drives = values(options, '-blockdev').map((json) => JSON.parse(json) as unknown);
  t.like(drives[0], { file: { driver: 'nbd', server: { type: 'unix', path: 'disc.sock' } } });
  t.like(drives[1], { driver: 'raw', 'read-only': false, file: { filename: 'disk.img' } });
  t.like(drives[2], { driver: 'qcow2', file: { filename: 'old.qcow2' } });
  t.like(drives[3], {
    driver: 'raw',
    file: {
      driver: 'blklogwrites',
      file: { driver: 'file', filename: 'watched.img' },
      log: { driver: 'file', filename: 'writes.log' },
    },
  });
  t.deepEqual(values(options, '-qmp'), ['unix:a,,b,server=on,wait=off']);
  t.deepEqual(values(options, '-smbios'), ['type=1,serial=a,,b']);
  t.deepEqual(values(options, '-trace'), ['enable=scsi_*', 'enable=ide_*']);
  t.deepEqual(values(options, '-D'), ['trace.log']);
  t.true(qemuCommand(options).args.includes('-no-reboot'));
});

test('everything that is wrong is told at once', (t) => {
  const options: QemuOptions = {
    ...COMMON,
    iso: undefined,
    memoryMiB: 0.5,
    initrd: 'initrd',
    append: 'quiet',
    display: 'console',
    serial: 'terminal',
  };
  const error = t.throws(() => qemuCommand(options), { code: 'usage.vm' });
  for (const part of [/0\.5 MiB/, /neither a disc/, /an initrd/, /command line/, /one terminal/])
    t.regex(error?.message ?? '', part);
});

test('a controller must go with its drive', (t) => {
  const wrong: DriveOptions = {
    drive: 'ide',
    scsiController: 'am53c974',
    usbController: 'uhci',
    writable: true,
  };
  const error = t.throws(() => qemuCommand({ ...COMMON, ...wrong }), { code: 'usage.drive' });
  for (const part of [/needs the drive scsi/, /needs the drive usb/, /only a USB stick/])
    t.regex(error?.message ?? '', part);
});

test('any file name comes through unharmed, on every drive', (t) => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom(...DRIVES), (iso, drive) => {
      const [backend] = values({ ...COMMON, iso, drive }, '-blockdev');
      const { file } = JSON.parse(backend ?? '') as { file: { filename: string } };
      t.is(file.filename, iso);
    }),
  );
});
