import type { Block4096 } from '../units.js';
import { notExt2 } from './read-superblock.js';
import { type StoredSegment, segmentOf } from './stored-image.js';

/**
 * Which blocks of the filesystem have an owner: each has one at most. So a small hostile image cannot
 * claim to hold more than its own size, and no pointers go round in a circle.
 */
export class BlockClaims {
  readonly #segments: readonly StoredSegment[];
  readonly #claimed: Uint8Array;

  constructor(segments: readonly StoredSegment[]) {
    this.#segments = segments;
    const last = segments.at(-1);
    const storedBlocks = last === undefined ? 0 : last.storedBlock + last.count;
    this.#claimed = new Uint8Array(Math.ceil(storedBlocks / 8));
  }

  /** @throws SnapdiscError `image.ext2` where the block has an owner, or is not on the disc. */
  claim(block: Block4096): void {
    const { storedBlock, fsBlock } = segmentOf(this.#segments, block);
    const stored = storedBlock + block - fsBlock;
    const at = Math.floor(stored / 8);
    const bit = 1 << (stored % 8);
    const byte = this.#claimed[at] ?? 0;
    if ((byte & bit) !== 0) throw notExt2(`block ${block} belongs to two files`);
    this.#claimed[at] = byte | bit;
  }
}
