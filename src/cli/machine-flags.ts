import { Option } from 'commander';
import type { QemuOptions } from '../qemu/command.js';
import { parseMemory } from '../recipe/size.js';
import type { Target } from '../recipe/target.js';

/** The flags that say into what machine a disc goes. */
export interface MachineFlags {
  readonly memory?: string;
  readonly drive?: QemuOptions['drive'];
  readonly arch?: QemuOptions['arch'];
}

export type Machine = Pick<QemuOptions, 'memoryMiB' | 'drive' | 'arch'>;

/** Where neither flags nor the disc say what it shall be. */
const PLAIN_MACHINE: Machine = { memoryMiB: 256, drive: 'ide', arch: 'x86_64' };

export function machineOptions(): Option[] {
  const { memoryMiB, drive, arch } = PLAIN_MACHINE;
  const otherwise = (value: string) => `(what the disc was made for, or ${value})`;
  return [
    new Option(
      '--memory <size>',
      `memory of the machine; MiB without a unit ${otherwise(`${memoryMiB}M`)}`,
    ),
    new Option(
      '--drive <kind>',
      `how the disc is connected: a CD drive, or a stick with usb ${otherwise(drive)}`,
    ).choices(['ide', 'sata', 'usb', 'scsi', 'virtio']),
    new Option('--arch <arch>', `the machine's processor ${otherwise(arch)}`).choices([
      'i386',
      'x86_64',
    ]),
  ];
}

/**
 * The machine that the flags ask for, else the disc's own, else a plain one. Pure.
 * @throws SnapdiscError `usage.size`
 */
export function machineOf({ memory, drive, arch }: MachineFlags, target: Target = {}): Machine {
  const { targetMemoryMiB, targetMedium, targetArch } = target;
  return {
    memoryMiB:
      memory === undefined ? (targetMemoryMiB ?? PLAIN_MACHINE.memoryMiB) : parseMemory(memory),
    drive: drive ?? (targetMedium === 'usb' ? 'usb' : PLAIN_MACHINE.drive),
    arch: arch ?? targetArch ?? PLAIN_MACHINE.arch,
  };
}
