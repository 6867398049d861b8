import type { Block4096 } from '../units.js';
import { type Geometry, groupOverhead } from './geometry.js';

/** A group of which something is stored, all places in blocks. */
export interface StoredGroup {
  readonly index: number;
  /** Its first block in the filesystem. */
  readonly start: Block4096;
  /** Its first block in the stored image. */
  readonly storedStart: Block4096;
  /** Blocks of its own metadata, at its start. */
  readonly overhead: Block4096;
  /** The first content block in it; meaningless when `contentCount` is 0. */
  readonly contentFirst: Block4096;
  readonly contentCount: Block4096;
  /** Blocks of it in the stored image. */
  readonly storedCount: Block4096;
  /** Blocks that the filesystem has in it. */
  readonly size: Block4096;
}

/** A piece of content and where it lies. */
export interface Located {
  /** In the filesystem. */
  readonly fsBlock: Block4096;
  /** In the stored image. */
  readonly storedBlock: Block4096;
  readonly count: Block4096;
}

/** From content numbering to filesystem blocks and to blocks of the stored image. */
export class GroupMap {
  readonly groups: readonly StoredGroup[];
  /** Blocks of the image proper. */
  readonly imageBlocks: Block4096;

  constructor(geometry: Geometry, contentBlocks: Block4096) {
    const groups: StoredGroup[] = [];
    let contentFirst = 0;
    let storedStart = 0;
    for (let index = 0; index < geometry.storedGroupCount; index++) {
      const start = index * geometry.blocksPerGroup;
      const size = Math.min(geometry.blocksPerGroup, geometry.totalBlocks - start);
      const overhead = groupOverhead(geometry, index);
      const contentCount = Math.min(contentBlocks - contentFirst, size - overhead);
      const storedCount = geometry.hasHeadroom ? overhead + contentCount : size;
      const sizes = { size, overhead, contentCount, storedCount };
      groups.push({ index, start, storedStart, contentFirst, ...sizes });
      contentFirst += contentCount;
      storedStart += storedCount;
    }
    this.groups = groups;
    this.imageBlocks = storedStart;
  }

  /** Where `count` content blocks from `content` on lie: one piece for each group they touch. */
  *locate(content: Block4096, count: Block4096): Generator<Located> {
    const end = content + count;
    let from = content;
    for (let at = this.#groupOf(from); from < end; at++) {
      const group = this.groups[at];
      if (group === undefined) return;
      const inside = from - group.contentFirst;
      const taken = Math.min(end - from, group.contentCount - inside);
      if (taken <= 0) continue;
      const offset = group.overhead + inside;
      yield {
        fsBlock: group.start + offset,
        storedBlock: group.storedStart + offset,
        count: taken,
      };
      from += taken;
    }
  }

  /** Where one content block lies. */
  locateBlock(content: Block4096): Located {
    for (const located of this.locate(content, 1)) return located;
    throw new RangeError(`content block ${content} is outside the plan`);
  }

  /** Index of the last group whose content starts at or before `content`. */
  #groupOf(content: Block4096): number {
    let low = 0;
    let high = this.groups.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.groups[middle]?.contentFirst ?? 0) <= content) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
