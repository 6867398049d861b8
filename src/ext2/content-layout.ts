import type { Block4096 } from '../units.js';
import { type Extent, ExtentStore } from './extent-store.js';
import { leafEnd, type MapLevel, type MapNode, nodesAbove } from './indirect.js';
import type { Interval } from './interval-set.js';
import type { PlannedInode } from './inventory.js';

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
  #hotBlocks: Block4096 = 0;

  /** How many content blocks there are. */
  get blockCount(): Block4096 {
    return this.#blocks;
  }

  /** How many of them, the first, are hot. */
  get hotBlockCount(): Block4096 {
    return this.#hotBlocks;
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
   * Places the stored file blocks of `run` next. An indirect block comes just before the first block
   * that needs it; `mapped` remembers, for this inode, which indirect blocks it has.
   */
  placeData(planned: PlannedInode, run: Interval, mapped: Set<number>): void {
    for (let block = run.start; block < run.end; ) {
      for (const { level, first } of nodesAbove(block)) {
        const key = first * 4 + level;
        if (mapped.has(key)) continue;
        mapped.add(key);
        // An indirect block is kept as an extent whose count is its level.
        planned.nodes = this.#store.push(planned.nodes, first, this.#take(1), level);
      }
      const count = Math.min(run.end, leafEnd(block)) - block;
      planned.data = this.#store.append(planned.data, block, this.#take(count), count);
      block += count;
    }
  }

  #take(count: Block4096): Block4096 {
    const at = this.#blocks;
    this.#blocks += count;
    return at;
  }
}
