import type { StoredExtent } from '../ext2/index.js';
import { EXT2_BLOCK } from '../units.js';

/** A part of a file's bytes that lies together in root.img. All in bytes. */
export interface StoredPiece {
  /** First byte in the file. */
  readonly offset: number;
  readonly length: number;
  /** First byte in root.img. */
  readonly at: number;
}

/**
 * Where the bytes from `offset` to `end` of a file go, ascending; bytes in holes go nowhere. Of a file with many
 * holes a piece at a time is asked for: only the extents it touches are looked at, after a binary search.
 * @param extents of the file, ascending by file block.
 */
export function* storedPieces(
  extents: readonly StoredExtent[],
  offset: number,
  end: number,
): Generator<StoredPiece> {
  for (let index = firstEndingAfter(extents, offset); index < extents.length; index++) {
    const { fileBlock, storedBlock, count } = extents[index] as StoredExtent;
    const start = fileBlock * EXT2_BLOCK;
    const from = Math.max(offset, start);
    const to = Math.min(end, start + count * EXT2_BLOCK);
    if (from >= to) return;
    yield { offset: from, length: to - from, at: storedBlock * EXT2_BLOCK + (from - start) };
  }
}

/** Index of the first extent with bytes at or after `offset`; their number if there is none. */
function firstEndingAfter(extents: readonly StoredExtent[], offset: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { fileBlock, count } = extents[middle] as StoredExtent;
    if ((fileBlock + count) * EXT2_BLOCK > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
