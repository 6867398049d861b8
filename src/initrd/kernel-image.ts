/**
 * Reads version and architecture out of an x86 kernel image. Source: Linux
 * Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". Input is hostile: every offset
 * is checked.
 */

import { type ElfFile, EM_386, EM_X86_64 } from './elf.js';

/** Debian's names. */
export type KernelArch = 'i386' | 'amd64';

export interface KernelImage {
  /** As `uname -r` prints it. */
  readonly version: string;
  /** Undefined when the image is too old to tell (boot protocol below 2.12, Linux 3.8). */
  readonly arch?: KernelArch;
}

/** Whether a kernel of `arch` runs this machine code. */
export function runsOn({ machine }: ElfFile, arch: KernelArch): boolean {
  // A 32-bit user land below a 64-bit kernel is common.
  return machine === EM_386 || (machine === EM_X86_64 && arch === 'amd64');
}

const BOOT_FLAG = 0x1fe;
const BOOT_FLAG_MAGIC = 0xaa55;
const HEADER = 0x202;
const HEADER_MAGIC = 'HdrS';
const PROTOCOL = 0x206;
const KERNEL_VERSION = 0x20e;
/** The stored offset counts from the end of the boot sector. */
const BOOT_SECTOR = 0x200;
const XLOADFLAGS = 0x236;
const XLF_KERNEL_64 = 1;
const FIRST_PROTOCOL_WITH_XLOADFLAGS = 0x20c;
/** `version (builder) #1 SMP date`: longer is not a version string. */
const MAX_VERSION = 512;

/** Undefined when `image` is no bootable x86 kernel. */
export function parseKernelImage(image: Uint8Array): KernelImage | undefined {
  if (image.byteLength < XLOADFLAGS + 2) return undefined;
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (bytes.readUInt16LE(BOOT_FLAG) !== BOOT_FLAG_MAGIC) return undefined;
  if (bytes.toString('latin1', HEADER, HEADER + 4) !== HEADER_MAGIC) return undefined;

  const offset = bytes.readUInt16LE(KERNEL_VERSION);
  if (offset === 0) return undefined;
  const text = bytes.subarray(BOOT_SECTOR + offset, BOOT_SECTOR + offset + MAX_VERSION);
  const version = /^[\w.+~:-]+/.exec(text.toString('latin1'))?.[0];
  // `..` would lead out of lib/modules.
  if (version === undefined || /^\.+$/.test(version)) return undefined;

  if (bytes.readUInt16LE(PROTOCOL) < FIRST_PROTOCOL_WITH_XLOADFLAGS) return { version };
  const is64 = (bytes.readUInt16LE(XLOADFLAGS) & XLF_KERNEL_64) !== 0;
  return { version, arch: is64 ? 'amd64' : 'i386' };
}
