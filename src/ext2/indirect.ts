import type { Block4096 } from '../units.js';
import { BLOCK_SIZE } from './constants.js';
import type { Extent } from './extent-store.js';

/**
 * The block map of ext2: 12 direct pointers, then single, double and triple indirect blocks of
 * 1,024 pointers each. Source: Linux fs/ext2/inode.c, ext2_block_to_path.
 */
export const DIRECT_BLOCKS = 12;
export const POINTERS_PER_BLOCK = BLOCK_SIZE / 4;
const SINGLE = POINTERS_PER_BLOCK;
const DOUBLE = SINGLE * POINTERS_PER_BLOCK;

/** First file block under the inode's single, double and triple indirect pointer. */
export const INDIRECT_BASES = [
  DIRECT_BLOCKS,
  DIRECT_BLOCKS + SINGLE,
  DIRECT_BLOCKS + SINGLE + DOUBLE,
] as const;

export type MapLevel = 1 | 2 | 3;

/** An indirect block: level 1 points to data, 2 to level 1, 3 to level 2. */
export interface MapNode {
  readonly level: MapLevel;
  /** The first file block it maps. */
  readonly first: Block4096;
}

/** File blocks that one pointer in an indirect block of `level` leads to. */
export function pointerSpan(level: MapLevel): Block4096 {
  return POINTERS_PER_BLOCK ** (level - 1);
}

/** The indirect blocks on the way to `fileBlock`, outermost first; none for direct blocks. */
export function nodesAbove(fileBlock: Block4096): MapNode[] {
  const [single, double, triple] = INDIRECT_BASES;
  if (fileBlock < single) return [];
  if (fileBlock < double) return [{ level: 1, first: single }];
  const base = fileBlock < triple ? double : triple;
  const inside = fileBlock - base;
  const nodes: MapNode[] = [
    { level: 2, first: base + inside - (inside % DOUBLE) },
    { level: 1, first: base + inside - (inside % SINGLE) },
  ];
  return base === triple ? [{ level: 3, first: triple }, ...nodes] : nodes;
}

/** The end (exclusive) of the file blocks that share `fileBlock`'s innermost indirect block. */
export function leafEnd(fileBlock: Block4096): Block4096 {
  const inside = fileBlock - DIRECT_BLOCKS;
  if (inside < 0) return DIRECT_BLOCKS;
  return fileBlock - (inside % POINTERS_PER_BLOCK) + POINTERS_PER_BLOCK;
}

/**
 * An indirect block: 1,024 little-endian block numbers, 0 for holes. `targets` say which file block
 * (for a level 1 node) or which lower node's first block lies in which filesystem block; those
 * outside the node are passed over.
 */
export function encodeIndirect(node: MapNode, targets: Iterable<Extent>): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  const span = pointerSpan(node.level);
  const end = node.first + POINTERS_PER_BLOCK * span;
  for (const { fileBlock, at, count } of targets) {
    const from = Math.max(fileBlock, node.first);
    const to = Math.min(fileBlock + (count - 1) * span + 1, end);
    for (let target = from; target < to; target += span) {
      const slot = (target - node.first) / span;
      block.writeUInt32LE(at + (target - fileBlock) / span, slot * 4);
    }
  }
  return block;
}

/**
 * Largest file in blocks: the kernel lets data and indirect blocks of a file together take at most
 * 2^32 - 1 sectors of 512 bytes, were it without holes (fs/ext2/super.c, ext2_max_size).
 */
export const MAX_FILE_BLOCKS: Block4096 = maxFileBlocks();

function maxFileBlocks(): number {
  const limit = Math.floor((2 ** 32 - 1) / (BLOCK_SIZE / 512));
  const underTriple = limit - INDIRECT_BASES[2];
  const indirect =
    1 + (1 + SINGLE) + (1 + Math.ceil(underTriple / SINGLE) + Math.ceil(underTriple / DOUBLE));
  return limit - indirect;
}
