import type { Block2048 } from '../units.js';
import { FIRST_DESCRIPTOR } from './volume-descriptor.js';

/**
 * The boot info table: where a loader such as ISOLINUX finds the disc and itself. mkisofs invented
 * it (its manual, "EL TORITO BOOT INFORMATION TABLE"); SYSLINUX: core/isolinux.asm, `bi_pvd`.
 */

/** The table and its reserved bytes: 8 to 63 of the loader. */
const TABLE_START = 8;
export const TABLE_END = 64;

/** A copy of the boot image that carries the table; `image` has at least 64 bytes. */
export function withBootInfoTable(image: Uint8Array, lba: Block2048): Buffer {
  const patched = Buffer.from(image);
  patched.fill(0, TABLE_START, TABLE_END);
  patched.writeUInt32LE(FIRST_DESCRIPTOR, 8); // the primary volume descriptor's block
  patched.writeUInt32LE(lba, 12); // the boot image's block
  patched.writeUInt32LE(image.length, 16); // its length in bytes
  patched.writeUInt32LE(bootInfoChecksum(image), 20);
  return patched;
}

/**
 * What is wrong with the table of a boot image at block `lba`, as a clause; undefined where all is right, or
 * where the image carries none. Pure.
 */
export function bootInfoProblem(image: Uint8Array, lba: Block2048): string | undefined {
  if (image.length < TABLE_END) return 'it is shorter than a boot info table';
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (bytes.readUInt32LE(8) !== FIRST_DESCRIPTOR) return undefined;
  if (bytes.readUInt32LE(12) !== lba) return 'its boot info table names another place';
  if (bytes.readUInt32LE(16) !== image.length) return 'its boot info table names another length';
  if (bytes.readUInt32LE(20) !== bootInfoChecksum(image)) return 'its checksum is another';
  return undefined;
}

/** The sum of all little-endian 32-bit words from byte 64 on, the last one filled with zeros. */
export function bootInfoChecksum(image: Uint8Array): number {
  let sum = 0;
  for (let index = TABLE_END; index < image.length; index++) {
    sum = (sum + (image[index] ?? 0) * 2 ** (8 * (index % 4))) % 2 ** 32;
  }
  return sum;
}
