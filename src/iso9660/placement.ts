import { type Block2048, ISO_BLOCK, roundUp } from '../units.js';
import type { PlannedDirectory, PlannedTree } from './directories.js';
import { directoryRecords } from './directory-content.js';
import { measureDirectory } from './directory-extent.js';
import { CATALOG_SIZE } from './el-torito.js';
import { HYBRID_ALIGNMENT } from './mbr.js';
import type { IsoFile } from './nodes.js';
import { type IsoOptions, PADDING_BLOCKS } from './options.js';
import { pathTableLength } from './path-table.js';
import { FIRST_DESCRIPTOR } from './volume-descriptor.js';

/** Which blocks everything gets, in the order of the disc. */
export interface Placement {
  readonly bootRecord: Block2048 | undefined;
  readonly terminator: Block2048;
  /** Bytes of one path table. */
  readonly pathTableSize: number;
  readonly pathTableL: Block2048;
  readonly pathTableM: Block2048;
  readonly catalog: Block2048 | undefined;
  /** One block of zeros that everything without data points to. */
  readonly emptyLba: Block2048;
  /** Files with data, ascending. */
  readonly files: ReadonlyMap<IsoFile, Block2048>;
  readonly totalBlocks: Block2048;
}

/**
 * Gives each structure and each file of `files`, in that order, its blocks; sets the extents of the
 * planned directories.
 */
export function place(
  tree: PlannedTree,
  files: readonly IsoFile[],
  options: IsoOptions,
): Placement {
  const blocks = new BlockCounter(FIRST_DESCRIPTOR + 1);
  const bootRecord = options.boot === undefined ? undefined : blocks.take(1);
  const terminator = blocks.take(1);
  const pathTableSize = pathTableLength(tree.directories.map(({ identifier }) => identifier));
  const pathTableL = blocks.take(blocksOf(pathTableSize));
  const pathTableM = blocks.take(blocksOf(pathTableSize));
  for (const directory of tree.directories) placeDirectory(directory, tree, blocks);
  const catalog = options.boot === undefined ? undefined : blocks.take(blocksOf(CATALOG_SIZE));
  const emptyLba = blocks.take(1);
  const placed = new Map<IsoFile, Block2048>();
  for (const file of files) {
    blocks.align(file.alignment ?? 1);
    placed.set(file, blocks.take(blocksOf(file.size)));
  }
  if (options.pad ?? true) blocks.take(PADDING_BLOCKS);
  if (options.hybrid !== undefined) blocks.align(HYBRID_ALIGNMENT);
  return {
    bootRecord,
    terminator,
    pathTableSize,
    pathTableL,
    pathTableM,
    catalog,
    emptyLba,
    files: placed,
    totalBlocks: blocks.next,
  };
}

function placeDirectory(
  directory: PlannedDirectory,
  tree: PlannedTree,
  blocks: BlockCounter,
): void {
  // Addresses do not change the length of a record, so that any will do for measuring.
  const unplaced = { tree, lbaOf: () => 0, emptyLba: 0, rationalise: false };
  const { size, continuation } = measureDirectory(directoryRecords(directory, unplaced));
  directory.size = size;
  directory.continuation = continuation;
  directory.lba = blocks.take(blocksOf(size + continuation));
}

/** Blocks that `size` bytes take. */
export function blocksOf(size: number): Block2048 {
  return Math.ceil(size / ISO_BLOCK);
}

class BlockCounter {
  next: Block2048;

  constructor(first: Block2048) {
    this.next = first;
  }

  take(count: Block2048): Block2048 {
    const start = this.next;
    this.next += count;
    return start;
  }

  align(multiple: Block2048): void {
    this.next = roundUp(this.next, multiple);
  }
}
