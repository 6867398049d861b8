import { SnapdiscError } from '../errors.js';
import type { Tool } from '../process.js';
import {
  type Disc,
  type DriveOptions,
  discArgs,
  type ExtraDrive,
  extraDriveArgs,
  machineFor,
} from './drives.js';

export const ARCHITECTURES = ['i386', 'x86_64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Where the guest's first serial port (ttyS0, COM1) ends. */
export type SerialPort =
  /** Nowhere. */
  | 'none'
  /** QEMU's own standard input and output, byte for byte: for programs. */
  | 'stdio'
  /** The user's terminal, with QEMU's monitor behind Ctrl-A: for people. */
  | 'terminal'
  /** A Unix socket that QEMU listens on. */
  | { readonly socket: string };

export interface QemuOptions extends DriveOptions {
  /** The disc. Without it there is no drive, and `kernel` is needed. */
  readonly iso?: Disc | undefined;
  readonly arch: Architecture;
  /** RAM in MiB. */
  readonly memoryMiB: number;
  /** QEMU's name of a processor model. Default: the plainest one of the architecture. */
  readonly cpu?: string | undefined;
  /** `window` opens one, `console` draws the text screen in the user's terminal. */
  readonly display: 'none' | 'window' | 'console';
  readonly serial: SerialPort;
  /** The machine's serial number in the firmware's tables (SMBIOS type 1). */
  readonly serialNumber?: string | undefined;
  /** A reboot of the guest ends QEMU. Default false. */
  readonly noReboot?: boolean | undefined;
  readonly extraDrives?: readonly ExtraDrive[] | undefined;
  /**
   * `user`: a card on a network of QEMU's own, where 10.0.2.2 gives out addresses and leads on as far as
   * this machine's programs may. Default `none`.
   */
  readonly network?: 'none' | 'user' | undefined;
  /** Boots this kernel without a boot loader; the disc stays in its drive. */
  readonly kernel?: string | undefined;
  /** Needs `kernel`. */
  readonly initrd?: string | undefined;
  /** The kernel's command line; needs `kernel`. */
  readonly append?: string | undefined;
  /** A Unix socket on which QEMU listens for QMP, its control protocol. */
  readonly qmpSocket?: string | undefined;
  /** QEMU's trace events, by name or pattern, written to a file. */
  readonly trace?: { readonly events: readonly string[]; readonly file: string } | undefined;
}

export interface QemuCommand {
  readonly tool: Tool;
  readonly args: readonly string[];
}

/** How to leave the machine, for people; undefined where nobody sees it. */
export function leaveHint(options: Pick<QemuOptions, 'display' | 'serial'>): string | undefined {
  if (options.serial === 'terminal') return 'To leave: Ctrl-A, then X.';
  if (options.display === 'window') {
    return 'To leave: close the window. Ctrl-Alt-G lets go of the mouse.';
  }
  if (options.display === 'console') return 'To leave: Esc then 2, type quit, press Enter.';
  return undefined;
}

const PLAINEST_CPU: Record<Architecture, string> = { i386: 'qemu32', x86_64: 'qemu64' };

/**
 * The QEMU command line for a virtual PC with `options.iso` in its drive. Always
 * emulates (TCG): under nested KVM the 16-bit code of boot loaders may not run.
 * @throws SnapdiscError `usage.vm` with everything that is wrong with the options, `usage.drive`
 *   for a controller that does not go with the drive.
 */
export function qemuCommand(options: QemuOptions): QemuCommand {
  checkOptions(options);
  const { arch, display, serial } = options;
  const args = [
    ...['-machine', machineFor(options.drive)],
    ...['-accel', 'tcg'],
    ...['-cpu', options.cpu ?? PLAINEST_CPU[arch]],
    ...['-m', `${options.memoryMiB}M`],
    // Only what is asked for below: no floppy, no second CD-ROM drive.
    '-nodefaults',
    ...['-nic', options.network === 'user' ? 'user,model=e1000' : 'none'],
    // Boot loaders need the VGA BIOS even where nobody looks at the screen.
    ...['-vga', 'std'],
    ...['-boot', options.kernel === undefined ? 'strict=on' : 'strict=off'],
    ...displayArgs(display),
    ...serialArgs(serial),
    ...(options.iso === undefined ? [] : discArgs(options.iso, options)),
    ...extraDriveArgs(options.extraDrives ?? []),
    ...kernelArgs(options),
  ];
  if (options.serialNumber !== undefined)
    args.push('-smbios', `type=1,serial=${escapeCommas(options.serialNumber)}`);
  if (options.noReboot === true) args.push('-no-reboot');
  if (options.qmpSocket !== undefined)
    args.push('-qmp', `unix:${escapeCommas(options.qmpSocket)},server=on,wait=off`);
  if (options.trace !== undefined) {
    args.push('-D', options.trace.file);
    for (const event of options.trace.events) args.push('-trace', `enable=${escapeCommas(event)}`);
  }
  return { tool: qemuTool(arch), args };
}

/** The program that is the virtual PC. */
export function qemuTool(arch: Architecture): Tool {
  return {
    program: `qemu-system-${arch}`,
    purpose: 'boots the disc in a virtual machine',
    debianPackage: 'qemu-system-x86',
  };
}

function displayArgs(display: QemuOptions['display']): string[] {
  switch (display) {
    case 'none':
      return ['-display', 'none'];
    case 'console':
      // The monitor's screen is where people leave from.
      return ['-display', 'curses', '-monitor', 'vc'];
    case 'window':
      // No -display: QEMU takes what the user's desktop has, and names a VNC port without one.
      return [];
  }
}

function serialArgs(serial: SerialPort): string[] {
  if (serial === 'none') return [];
  if (serial === 'stdio')
    return ['-chardev', 'stdio,id=serial0,signal=off', '-serial', 'chardev:serial0'];
  if (serial === 'terminal') return ['-serial', 'mon:stdio'];
  return ['-serial', `unix:${escapeCommas(serial.socket)},server=on,wait=off`];
}

function kernelArgs(options: QemuOptions): string[] {
  const args: string[] = [];
  if (options.kernel !== undefined) args.push('-kernel', options.kernel);
  if (options.initrd !== undefined) args.push('-initrd', options.initrd);
  if (options.append !== undefined) args.push('-append', options.append);
  return args;
}

/** In QEMU's option syntax a comma ends a value and two commas are one. */
function escapeCommas(value: string): string {
  return value.replaceAll(',', ',,');
}

function checkOptions(options: QemuOptions): void {
  const problems: string[] = [];
  if (!Number.isSafeInteger(options.memoryMiB) || options.memoryMiB < 1)
    problems.push(`${options.memoryMiB} MiB of memory: give a whole number of MiB, at least 1`);
  if (options.kernel === undefined) {
    if (options.iso === undefined) problems.push('neither a disc nor a kernel to boot');
    if (options.initrd !== undefined) problems.push('an initrd without a kernel');
    if (options.append !== undefined) problems.push('a kernel command line without a kernel');
  }
  if (options.serial === 'terminal' && options.display === 'console')
    problems.push('the serial port and the text screen cannot share one terminal');
  if (problems.length === 0) return;
  const message = `The virtual machine cannot be set up: ${problems.join('; ')}.`;
  throw new SnapdiscError('usage.vm', message);
}
