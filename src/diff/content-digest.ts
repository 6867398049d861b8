import { createHash } from 'node:crypto';
import { EXT2_BLOCK } from '../units.js';

/** A piece of a file; pieces of one file ascend and begin at multiples of 4 KiB. */
export interface ContentPiece {
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly data: Uint8Array;
}

const ZEROS = Buffer.alloc(EXT2_BLOCK);

/** Equal for files of one size if and only if they hold the same bytes, holes being zeros. */
export async function contentDigest(pieces: AsyncIterable<ContentPiece>): Promise<string> {
  const hash = createHash('sha256');
  for await (const { offset, data } of pieces) {
    for (let at = 0; at < data.length; at += EXT2_BLOCK) {
      const block = data.subarray(at, at + EXT2_BLOCK);
      // Blocks of zeros count no more than holes do, however long these are.
      if (ZEROS.compare(block, 0, block.length, 0, block.length) === 0) continue;
      hash.update(`${offset + at} ${block.length}\n`).update(block);
    }
  }
  return hash.digest('hex');
}
