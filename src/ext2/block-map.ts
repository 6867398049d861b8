import type { Block4096 } from '../units.js';
import {
  DIRECT_BLOCKS,
  INDIRECT_BASES,
  type MapLevel,
  POINTERS_PER_BLOCK,
  pointerSpan,
} from './indirect.js';
import { notExt2 } from './read-superblock.js';

/** Consecutive blocks of a file that lie one after the other in the filesystem. */
export interface MappedExtent {
  readonly fileBlock: Block4096;
  readonly fsBlock: Block4096;
  readonly count: Block4096;
}

type ReadBlock = (block: Block4096) => Promise<Buffer>;

/**
 * Follows an inode's 15 pointers to its data, ascending by file block, holes left out.
 * @throws SnapdiscError `image.ext2` when a pointer leads outside, or when there are more blocks than
 *   the filesystem has: then pointers go round in a circle.
 */
export async function* mapBlocks(
  pointers: readonly Block4096[],
  totalBlocks: Block4096,
  readBlock: ReadBlock,
): AsyncGenerator<MappedExtent> {
  let open: MappedExtent | undefined;
  for await (const { fileBlock, fsBlock, level } of walkPointers(
    pointers,
    totalBlocks,
    readBlock,
  )) {
    if (level !== 0) continue;
    const count = open?.count ?? 0;
    if (open !== undefined && continues(open, fileBlock, fsBlock)) {
      open = { ...open, count: count + 1 };
    } else {
      if (open !== undefined) yield open;
      open = { fileBlock, fsBlock, count: 1 };
    }
  }
  if (open !== undefined) yield open;
}

function continues(open: MappedExtent, fileBlock: Block4096, fsBlock: Block4096): boolean {
  return open.fileBlock + open.count === fileBlock && open.fsBlock + open.count === fsBlock;
}

/** A block that an inode's pointers lead to. */
export interface BlockPointer {
  /** The file's block in it; the first it maps if it is an indirect block. */
  readonly fileBlock: Block4096;
  readonly fsBlock: Block4096;
  /** 0 points to data, 1 to 3 to an indirect block of that level. */
  readonly level: 0 | MapLevel;
}

/**
 * Every block of a file, indirect blocks before what they lead to.
 * @throws SnapdiscError `image.ext2`, as `mapBlocks` does.
 */
export async function* walkPointers(
  pointers: readonly Block4096[],
  totalBlocks: Block4096,
  readBlock: ReadBlock,
): AsyncGenerator<BlockPointer> {
  const stack: BlockPointer[] = [];
  for (const level of [3, 2, 1] as const) {
    const fsBlock = pointers[DIRECT_BLOCKS + level - 1] ?? 0;
    stack.push({ fileBlock: INDIRECT_BASES[level - 1] ?? 0, fsBlock, level });
  }
  for (let slot = DIRECT_BLOCKS - 1; slot >= 0; slot--) {
    stack.push({ fileBlock: slot, fsBlock: pointers[slot] ?? 0, level: 0 });
  }
  let visited = 0;
  for (let pointer = stack.pop(); pointer !== undefined; pointer = stack.pop()) {
    if (pointer.fsBlock === 0) continue;
    if (pointer.fsBlock >= totalBlocks) throw notExt2(`block ${pointer.fsBlock} is outside`);
    if (++visited > totalBlocks) throw notExt2('the blocks of a file go round in a circle');
    yield pointer;
    const { level } = pointer;
    if (level !== 0) pushChildren(stack, pointer, level, await readBlock(pointer.fsBlock));
  }
}

function pushChildren(
  stack: BlockPointer[],
  parent: BlockPointer,
  level: MapLevel,
  block: Buffer,
): void {
  const below = ([0, 1, 2] as const)[level - 1] ?? 0;
  for (let slot = POINTERS_PER_BLOCK - 1; slot >= 0; slot--) {
    const fsBlock = block.readUInt32LE(slot * 4);
    if (fsBlock === 0) continue;
    stack.push({ fileBlock: parent.fileBlock + slot * pointerSpan(level), fsBlock, level: below });
  }
}
