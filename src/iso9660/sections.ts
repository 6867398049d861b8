import { type Block2048, ISO_BLOCK } from '../units.js';
import type { IsoExtent } from './nodes.js';

/**
 * File sections (ECMA-119 6.5.1, interchange level 3): a data length is 32 bits, so larger files
 * are several extents, one after the other on disc, with one directory record each.
 */

/** Whole blocks, so that each section but the last ends where the next begins. */
const SECTION_LIMIT = 2 ** 32 - ISO_BLOCK;
/** Linux reads no more (fs/isofs/inode.c, isofs_read_level3_size). */
export const MAX_SECTIONS = 100;
/** Bytes: 400 GiB less 200 KiB. */
export const MAX_FILE_SIZE = MAX_SECTIONS * SECTION_LIMIT;

/** The sections of a file of `size` bytes that starts at `lba`: at least one, even if empty. */
export function sectionsOf(lba: Block2048, size: number): IsoExtent[] {
  const sections: IsoExtent[] = [];
  let start = 0;
  do {
    sections.push({
      lba: lba + start / ISO_BLOCK,
      size: Math.min(size - start, SECTION_LIMIT),
    });
    start += SECTION_LIMIT;
  } while (start < size);
  return sections;
}
