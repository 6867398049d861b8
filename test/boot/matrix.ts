import test from 'ava';
import type { DebianArchitecture } from '../fixtures/debian.js';
import {
  checkDescription,
  checkDevices,
  checkHealth,
  checkMedium,
  checkRoot,
  checkShutdown,
  checkSwap,
  checkWrite,
} from './facts.js';
import { bootLive, type Cell, cellTitle } from './live-machine.js';

/**
 * Every drive on both architectures where it matters, each with one origin and one store, so that
 * every value and every pair of origin, store and architecture is booted.
 */
export const CELLS: readonly Cell[] = [
  { arch: 'i386', cpu: 'pentium2', drive: 'ide', origin: 'direct', cow: 'zram' },
  { arch: 'i386', cpu: 'pentium3', drive: 'ide', origin: 'loop', cow: 'ram' },
  { arch: 'i386', cpu: 'pentium3', drive: 'sata', origin: 'direct', cow: 'ram' },
  { arch: 'i386', cpu: 'pentium2', drive: 'scsi', origin: 'direct', cow: 'zram' },
  {
    arch: 'i386',
    cpu: 'pentium3',
    drive: 'virtio',
    origin: 'loop',
    cow: 'zram',
    parameters: 'live.cow_size=25%',
  },
  {
    arch: 'i386',
    cpu: 'pentium2',
    drive: 'usb',
    usbController: 'uhci',
    origin: 'direct',
    cow: 'zram',
  },
  {
    arch: 'i386',
    cpu: 'pentium3',
    drive: 'usb',
    usbController: 'ehci',
    origin: 'loop',
    cow: 'zram',
  },
  { arch: 'amd64', drive: 'ide', origin: 'direct', cow: 'zram' },
  { arch: 'amd64', drive: 'sata', origin: 'loop', cow: 'zram' },
  { arch: 'amd64', drive: 'virtio', origin: 'loop', cow: 'ram' },
  { arch: 'amd64', drive: 'scsi', origin: 'direct', cow: 'ram' },
  { arch: 'amd64', drive: 'usb', usbController: 'xhci', origin: 'direct', cow: 'zram' },
];

/** Declares one test for each cell of `arch`, one machine at a time. */
export function bootCells(arch: DebianArchitecture): void {
  for (const cell of CELLS.filter((candidate) => candidate.arch === arch)) {
    test.serial(cellTitle(cell), async (t) => {
      const live = await bootLive(t, cell);
      await checkRoot(t, live.shell);
      await checkDevices(t, live.shell, cell);
      await checkWrite(t, live.shell);
      await checkMedium(t, live.shell);
      await checkDescription(t, live.shell, cell);
      await checkSwap(t, live.shell);
      await checkHealth(t, live.shell);
      await checkShutdown(t, live);
    });
  }
}
