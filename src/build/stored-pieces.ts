import type { StoredExtent } from '../ext2/index.js';
import { firstIndex } from '../first-index.js';
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
  const first = firstIndex(
    extents,
    ({ fileBlock, count }) => (fileBlock + count) * EXT2_BLOCK > offset,
  );
  for (let index = first; index < extents.length; index++) {
    const { fileBlock, storedBlock, count } = extents[index] as StoredExtent;
    const start = fileBlock * EXT2_BLOCK;
    const from = Math.max(offset, start);
    const to = Math.min(end, start + count * EXT2_BLOCK);
    if (from >= to) return;
    yield { offset: from, length: to - from, at: storedBlock * EXT2_BLOCK + (from - start) };
  }
}
