import { firstIndex } from '../first-index.js';
import type { Inode } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { ContentLayout } from './content-layout.js';
import { storedFileBlocks } from './file-blocks.js';
import { type Interval, IntervalSet } from './interval-set.js';
import type { Inventory, PlannedInode } from './inventory.js';
import { ancestors } from './numbering.js';

/**
 * Blocks of a file, a directory or a slow symlink that should lie next in the image. Ranges may
 * overlap, reach past the end, cover holes or name inodes that the tree lacks: what is not there or
 * already placed is passed over.
 */
export interface BlockRange {
  readonly inode: Inode;
  /** The first block, counted from the start of the file. */
  readonly firstBlock: Block4096;
  readonly count: Block4096;
  /** Not the blocks themselves, but the indirect blocks that lead to them. */
  readonly isIndirect?: boolean;
  /** No blocks (`count` is 0), but the extended attributes. */
  readonly isXattr?: boolean;
}

/** What the caller of the planner wants where: see Ext2Options. */
export interface Placement {
  readonly hot: readonly BlockRange[];
  readonly next: readonly BlockRange[];
}

/**
 * Lays out all content: first what is `hot`, directories, symlinks, indirect blocks and xattrs before
 * file data, then what is `next`, each in its order (with the directories that lead there, unless the same
 * list names those itself), then the other directories, xattrs and symlinks together, then the other
 * files, whole, in tree order.
 */
export function layOutContent(inventory: Inventory, { hot, next }: Placement): ContentLayout {
  const layout = new ContentLayout();
  const begun = new Map<PlannedInode, Placing>();
  placeRanges(layout, inventory, hot.filter(isMetadata), begun);
  layout.endHotMetadata();
  placeRanges(layout, inventory, hot, begun);
  layout.endHot();
  placeRanges(layout, inventory, next, begun);
  const placeRest = (planned: PlannedInode) => {
    layout.placeXattrs(planned);
    const placing = begun.get(planned) ?? new Placing(layout, planned);
    placing.placeRest();
  };
  const { inodes } = inventory;
  for (const planned of inodes) if (planned.inode.kind === 'directory') placeRest(planned);
  for (const planned of inodes) {
    if (planned.inode.kind === 'symlink') placeRest(planned);
    else layout.placeXattrs(planned);
  }
  for (const planned of inodes) if (planned.inode.kind === 'file') placeRest(planned);
  return layout;
}

/** Whether a range is read through the device's cache, not through a file's. */
function isMetadata({ inode, isIndirect, isXattr }: BlockRange): boolean {
  return isIndirect === true || isXattr === true || inode.kind !== 'file';
}

/** Places `ranges` next; `begun` knows what is placed already, and learns what is placed now. */
function placeRanges(
  layout: ContentLayout,
  inventory: Inventory,
  ranges: readonly BlockRange[],
  begun: Map<PlannedInode, Placing>,
): void {
  const placingOf = (planned: PlannedInode) => {
    let placing = begun.get(planned);
    if (placing === undefined) {
      placing = new Placing(layout, planned);
      begun.set(planned, placing);
      layout.placeXattrs(planned);
    }
    return placing;
  };
  const placed = ranges.filter(({ count }) => count > 0);
  const named = new Set(placed.map(({ inode }) => inventory.planned.get(inode)));
  for (const { inode, firstBlock, count, isIndirect } of ranges) {
    const planned = inventory.planned.get(inode);
    if (planned === undefined) continue;
    if (!begun.has(planned)) {
      for (const directory of ancestors(planned)) {
        if (!named.has(directory) && !begun.has(directory)) placingOf(directory).placeRest();
      }
    }
    const range = { start: firstBlock, end: firstBlock + count };
    if (isIndirect) placingOf(planned).placeIndirect(range);
    else placingOf(planned).place(range);
  }
}

/** One inode's blocks while they are being placed, piece by piece. */
class Placing {
  /** Nothing once all blocks have their places: there is one Placing for each inode. */
  #work: PlacingWork | undefined;

  constructor(
    readonly layout: ContentLayout,
    readonly planned: PlannedInode,
  ) {
    const stored = storedBlocks(planned);
    const missing = stored.reduce((sum, { start, end }) => sum + end - start, 0);
    if (missing === 0) return;
    this.#work = { stored, missing, placed: new IntervalSet(), mapped: new Set() };
  }

  place(range: Interval): void {
    const work = this.#work;
    if (work === undefined) return;
    for (const { start, end } of storedIn(work.stored, range)) {
      for (const piece of work.placed.add(start, end)) {
        this.layout.placeData(this.planned, piece, work.mapped);
        work.missing -= piece.end - piece.start;
      }
    }
    if (work.missing === 0) this.#work = undefined;
  }

  /** Places the indirect blocks of the first stored block in `range`. */
  placeIndirect(range: Interval): void {
    const work = this.#work;
    if (work === undefined) return;
    for (const { start } of storedIn(work.stored, range)) {
      this.layout.placeNodes(this.planned, start, work.mapped);
      return;
    }
  }

  placeRest(): void {
    this.place({ start: 0, end: Number.MAX_SAFE_INTEGER });
  }
}

/** What is stored of a range; nothing where a caller's number is none. */
function* storedIn(stored: readonly Interval[], range: Interval): Generator<Interval> {
  const [first, last] = [Math.floor(range.start), Math.floor(range.end)];
  for (let index = firstIndex(stored, (run) => run.end > first); index < stored.length; index++) {
    const run = stored[index] as Interval;
    const start = Math.max(run.start, first);
    const end = Math.min(run.end, last);
    if (!(start < end)) return;
    yield { start, end };
  }
}

interface PlacingWork {
  readonly stored: readonly Interval[];
  /** How many of the stored blocks are not placed yet. */
  missing: Block4096;
  readonly placed: IntervalSet;
  /** The indirect blocks it has, see ContentLayout. */
  readonly mapped: Set<number>;
}

function storedBlocks({ inode, ownBlocks }: PlannedInode): readonly Interval[] {
  if (inode.kind === 'file') return storedFileBlocks(inode.runs);
  return ownBlocks === 0 ? [] : [{ start: 0, end: ownBlocks }];
}
