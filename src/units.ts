/**
 * Units that are easily confused. dm tables and MBRs count 512-byte sectors, ISO 9660 counts
 * 2 KiB logical blocks, our ext2 counts 4 KiB blocks; sizes are bytes unless a name says otherwise.
 */
declare const unit: unique symbol;

/** A count or address in 512-byte sectors (dm tables, MBR). */
export type Sector512 = number & { readonly [unit]?: 'sector512' };
/** A count or address in 2,048-byte ISO 9660 logical blocks. */
export type Block2048 = number & { readonly [unit]?: 'block2048' };
/** A count or address in 4,096-byte ext2 blocks. */
export type Block4096 = number & { readonly [unit]?: 'block4096' };

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

export const ISO_BLOCK = 2048;
export const EXT2_BLOCK = 4096;

/** Smallest multiple of `step` that is at least `value`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
