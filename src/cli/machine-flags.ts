import { Option } from 'commander';
import type { QemuOptions } from '../qemu/command.js';
import { parseSize } from '../recipe/size.js';
import { MIB } from '../units.js';

/** The flags that say into what machine a disc goes. */
export interface MachineFlags {
  readonly memory: string;
  readonly drive: QemuOptions['drive'];
  readonly arch: QemuOptions['arch'];
}

export const MACHINE_DEFAULTS: MachineFlags = { memory: '256M', drive: 'ide', arch: 'x86_64' };

export function machineOptions(): Option[] {
  return [
    new Option('--memory <size>', 'memory of the machine; MiB without a unit').default(
      MACHINE_DEFAULTS.memory,
    ),
    new Option('--drive <kind>', 'how the disc is connected: a CD drive, or a stick with usb')
      .choices(['ide', 'sata', 'usb', 'scsi', 'virtio'])
      .default(MACHINE_DEFAULTS.drive),
    new Option('--arch <arch>', "the machine's processor")
      .choices(['i386', 'x86_64'])
      .default(MACHINE_DEFAULTS.arch),
  ];
}

/**
 * MiB; a number alone is MiB already, as QEMU takes it.
 * @throws SnapdiscError `usage.size`
 */
export function parseMemory(text: string): number {
  return Math.floor(parseSize(/^\d+$/.test(text) ? `${text}M` : text) / MIB);
}
