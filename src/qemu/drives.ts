import { SnapdiscError } from '../errors.js';

/**
 * The disc's way into the virtual machine: which controller it hangs on. Each is a pair that
 * SeaBIOS boots from and Linux finds the disc on. QEMU 7.2's mptsas1068 is not: SeaBIOS boots from it,
 * then Linux 6.1 sees no drive.
 */
export const DRIVES = ['ide', 'sata', 'scsi', 'virtio', 'usb'] as const;
/** `usb` is the ISO written to a stick; all others are CD-ROM drives. */
export type Drive = (typeof DRIVES)[number];

export const SCSI_CONTROLLERS = ['sym53c8xx', 'am53c974', 'virtio-scsi'] as const;
/** Named after the Linux drivers. */
export type ScsiController = (typeof SCSI_CONTROLLERS)[number];

export const USB_CONTROLLERS = ['uhci', 'ehci', 'xhci'] as const;
/** USB 1.1, 2.0 and 3.0. */
export type UsbController = (typeof USB_CONTROLLERS)[number];

/** A disc: a file on this machine, or an NBD server's Unix socket. */
export type Disc = string | { readonly nbdSocket: string };

export interface DriveOptions {
  readonly drive: Drive;
  /** For `scsi`. Default `sym53c8xx`. */
  readonly scsiController?: ScsiController | undefined;
  /** For `usb`. Default `ehci`. */
  readonly usbController?: UsbController | undefined;
  /** For `usb`: lets the guest write to the stick, as it could to a real one. Default false. */
  readonly writable?: boolean | undefined;
}

/** A further drive, for tests that need a disk to write to. */
export interface ExtraDrive {
  readonly path: string;
  /** Default `raw`. */
  readonly format?: 'raw' | 'qcow2';
  /** Default `virtio`. */
  readonly bus?: 'virtio' | 'ide';
  readonly readOnly?: boolean;
  /** An existing file that gets every write and flush, in the format of the kernel's dm-log-writes. */
  readonly writeLog?: string;
}

/** The name under which QEMU's monitor knows the disc's drive. */
export const DISC_DEVICE = 'disc';

const SCSI_DEVICES: Record<ScsiController, string> = {
  sym53c8xx: 'lsi53c895a',
  am53c974: 'am53c974',
  'virtio-scsi': 'virtio-scsi-pci',
};

const USB_DEVICES: Record<UsbController, string> = {
  uhci: 'piix3-usb-uhci',
  ehci: 'usb-ehci',
  xhci: 'qemu-xhci',
};

/** The board that has the drive's controller, or the one old kernels know best. */
export function machineFor(drive: Drive): 'pc' | 'q35' {
  return drive === 'sata' ? 'q35' : 'pc';
}

/**
 * The arguments that put `disc` into its drive, first in the boot order.
 * @throws SnapdiscError `usage.drive` for a controller or `writable` on a drive that has none.
 */
export function discArgs(disc: Disc, options: DriveOptions): string[] {
  checkDriveOptions(options);
  const backend = blockdev(DISC_DEVICE, {
    readOnly: options.writable !== true,
    format: 'raw',
    file:
      typeof disc === 'string'
        ? { driver: 'file', filename: disc }
        : { driver: 'nbd', server: { type: 'unix', path: disc.nbdSocket } },
  });
  // 0 is QEMU's own place for a kernel that is given to it.
  const device = `drive=${DISC_DEVICE},id=drive-${DISC_DEVICE},bootindex=1`;
  switch (options.drive) {
    case 'ide':
      // Secondary master: where the CD-ROM drive sat in PCs of the time.
      return [...backend, '-device', `ide-cd,bus=ide.1,unit=0,${device}`];
    case 'sata':
      return [...backend, '-device', `ide-cd,bus=ide.0,${device}`];
    case 'scsi':
      return [...backend, ...scsiCd(options.scsiController ?? 'sym53c8xx', device)];
    case 'virtio':
      return [...backend, ...scsiCd('virtio-scsi', device)];
    case 'usb': {
      const controller = USB_DEVICES[options.usbController ?? 'ehci'];
      return [
        ...backend,
        ...['-device', `${controller},id=usb`],
        ...['-device', `usb-storage,bus=usb.0,removable=on,${device}`],
      ];
    }
  }
}

/** The arguments for the drives besides the disc; never booted from. */
export function extraDriveArgs(drives: readonly ExtraDrive[]): string[] {
  return drives.flatMap((drive, index) => {
    const name = `extra${index}`;
    const backend = blockdev(name, {
      readOnly: drive.readOnly === true,
      format: drive.format ?? 'raw',
      file: logged({ driver: 'file', filename: drive.path }, drive.writeLog),
    });
    const device = drive.bus === 'ide' ? 'ide-hd' : 'virtio-blk-pci';
    return [...backend, '-device', `${device},drive=${name},id=drive-${name}`];
  });
}

/** QEMU's block driver blklogwrites between a drive and its file, if there is a log to keep. */
function logged(file: Backend['file'], log: string | undefined): Backend['file'] {
  if (log === undefined) return file;
  return { driver: 'blklogwrites', file, log: { driver: 'file', filename: log } };
}

interface Backend {
  readonly readOnly: boolean;
  readonly format: string;
  readonly file: Readonly<Record<string, unknown>>;
}

/** JSON, because in QEMU's comma syntax a comma in a file's name would end the name. */
function blockdev(name: string, backend: Backend): string[] {
  const node = {
    driver: backend.format,
    'node-name': name,
    'read-only': backend.readOnly,
    file: { ...backend.file, 'read-only': backend.readOnly },
  };
  return ['-blockdev', JSON.stringify(node)];
}

function scsiCd(controller: ScsiController, device: string): string[] {
  return [
    ...['-device', `${SCSI_DEVICES[controller]},id=scsi`],
    ...['-device', `scsi-cd,bus=scsi.0,${device}`],
  ];
}

function checkDriveOptions(options: DriveOptions): void {
  const problems: string[] = [];
  if (options.scsiController !== undefined && options.drive !== 'scsi')
    problems.push(`the SCSI controller ${options.scsiController} needs the drive scsi`);
  if (options.usbController !== undefined && options.drive !== 'usb')
    problems.push(`the USB controller ${options.usbController} needs the drive usb`);
  if (options.writable === true && options.drive !== 'usb')
    problems.push('only a USB stick can be writable');
  if (problems.length === 0) return;
  const message = `The drive ${options.drive} cannot be set up: ${problems.join('; ')}.`;
  throw new SnapdiscError('usage.drive', message);
}
