import type { KernelConfig } from '../initrd/kernel-config.js';
import type { PackedFormat } from './formats.js';

/** How the blocks of a packed root.img are compressed. */
export interface PackedCompression {
  readonly format: PackedFormat;
  /** As mksquashfs and mkfs.erofs call it. */
  readonly algorithm: string;
  /** Bytes that are compressed together, and unpacked for whichever page of them is wanted. */
  readonly blockBytes: number;
}

/** The first that the kernel can unpack; docs/optical.md has the figures. */
const SQUASHFS_ALGORITHMS = [
  { algorithm: 'zstd', option: 'SQUASHFS_ZSTD' },
  { algorithm: 'xz', option: 'SQUASHFS_XZ' },
  { algorithm: 'gzip', option: 'SQUASHFS_ZLIB' },
  { algorithm: 'lz4', option: 'SQUASHFS_LZ4' },
] as const;

const SQUASHFS_BLOCK = 128 * 1024;
const EROFS_CLUSTER = 64 * 1024;

/**
 * What the kernel's drivers can unpack. Of a kernel whose config file is not there, what every kernel with the
 * driver can by default: zlib for squashfs, LZ4 for erofs (fs/squashfs/Kconfig, fs/erofs/Kconfig). Pure.
 */
export function chooseCompression(format: PackedFormat, knows: KernelConfig): PackedCompression {
  if (format === 'erofs') return { format, algorithm: 'lz4hc', blockBytes: EROFS_CLUSTER };
  const found = SQUASHFS_ALGORITHMS.find(({ option }) => knows(option));
  return { format, algorithm: found?.algorithm ?? 'gzip', blockBytes: SQUASHFS_BLOCK };
}

/** What is left of a Debian, of one; docs/optical.md has the figures. */
const USUALLY_LEFT: Readonly<Record<PackedFormat, number>> = { squashfs: 0.33, erofs: 0.41 };

/** Bytes that a packed file of `size` bytes takes, as systems go: what is packed already takes more. */
export function usualPackedBytes(size: number, format: PackedFormat): number {
  return Math.ceil(size * USUALLY_LEFT[format]);
}

/**
 * Bytes that a packed file of `size` bytes takes at most: what does not get smaller is stored as it is, and
 * each block needs an entry in a list.
 */
export function mostPackedBytes(size: number): number {
  return size + Math.ceil(size / 1024) + 64 * 1024;
}
