import type { Block4096 } from '../units.js';
import { type Extent, ExtentStore } from './extent-store.js';
import { leafEnd, type MapLevel, type MapNode, nodesAbove } from './indirect.js';
import type { Interval } from './interval-set.js';
import type { PlannedInode } from './inventory.js';

/** What the kernel reads of a file when it is opened, and 128 KiB, what it reads then. */
const FIRST_READ: Block4096 = 4;
const READ_AHEAD: Block4096 = 32;

/** An indirect block and its place. */
export interface PlacedNode extends MapNode {
  readonly at: Block4096;
}

/**
 * The places of all content: data, directories, indirect blocks, symlinks, xattr blocks. Content
 * blocks are numbered from 0; where the groups' own metadata goes between them is the geometry's
 * business, so that the geometry can be chosen when the count is known.
 */
export class ContentLayout {
  readonly #store = new ExtentStore();
  #blocks: Block4096 = 0;
  #hotMetadata: Block4096 = 0;
  #hotBlocks: Block4096 = 0;

  /** How many content blocks there are. */
  get blockCount(): Block4096 {
    return this.#blocks;
  }

  /** How many of them, the first, are hot and no data. */
  get hotMetadataCount(): Block4096 {
    return this.#hotMetadata;
  }

  /** How many of them, the first, are hot. */
  get hotBlockCount(): Block4096 {
    return this.#hotBlocks;
  }

  /** What has been placed so far is hot and no data. */
  endHotMetadata(): void {
    this.#hotMetadata = this.#blocks;
  }

  /** What has been placed so far is hot, what follows is not. */
  endHot(): void {
    this.#hotBlocks = this.#blocks;
  }

  /** The data of `planned` in content numbering, ascending by file block. */
  extents(planned: PlannedInode): Extent[] {
    return this.#store.read(planned.data);
  }

  /** The indirect blocks of `planned` in content numbering, ascending by the first they map. */
  nodes(planned: PlannedInode): PlacedNode[] {
    return this.#store.read(planned.nodes).map(({ fileBlock, at, count }) => {
      return { level: count as MapLevel, first: fileBlock, at };
    });
  }

  /** Places the inode's xattr block, unless an inode that shares it came before. */
  placeXattrs(planned: PlannedInode): void {
    const block = planned.xattrs;
    if (block !== undefined && block.position === undefined) block.position = this.#take(1);
  }

  /**
   * Places the stored file blocks of `run` next. Before a read of some blocks the kernel reads the
   * indirect blocks of all of them: those lie before the first that is read with them. `mapped` remembers,
   * for this inode, which indirect blocks it has.
   */
  placeData(planned: PlannedInode, run: Interval, mapped: Set<number>): void {
    if (run.start === 0 && run.end > FIRST_READ) {
      this.placeData(planned, { start: 0, end: FIRST_READ }, mapped);
      this.placeData(planned, { start: FIRST_READ, end: run.end }, mapped);
      return;
    }
    this.placeNodes(planned, run.start, mapped);
    this.placeNodes(planned, Math.min(run.end, run.start + READ_AHEAD) - 1, mapped);
    for (let block = run.start; block < run.end; ) {
      this.placeNodes(planned, block, mapped);
      const count = Math.min(run.end, leafEnd(block)) - block;
      planned.data = this.#store.append(planned.data, block, this.#take(count), count);
      block += count;
    }
  }

  /** Places next what `planned` lacks of the indirect blocks that lead to `block`, which is stored. */
  placeNodes(planned: PlannedInode, block: Block4096, mapped: Set<number>): void {
    for (const { level, first } of nodesAbove(block)) {
      const key = first * 4 + level;
      if (mapped.has(key)) continue;
      mapped.add(key);
      // An indirect block is kept as an extent whose count is its level.
      planned.nodes = this.#store.push(planned.nodes, first, this.#take(1), level);
    }
  }

  #take(count: Block4096): Block4096 {
    const at = this.#blocks;
    this.#blocks += count;
    return at;
  }
}
