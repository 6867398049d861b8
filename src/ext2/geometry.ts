import { SnapdiscError } from '../errors.js';
import { type Block4096, roundUp } from '../units.js';
import {
  BLOCK_SIZE,
  DESCRIPTORS_PER_BLOCK,
  INODES_PER_BLOCK,
  MAX_BLOCKS_PER_GROUP,
  MAX_INODES_PER_GROUP,
  MAX_TOTAL_BLOCKS,
} from './constants.js';

/** The measures of the filesystem, from which every block's place follows. */
export interface Geometry {
  readonly blocksPerGroup: Block4096;
  readonly inodesPerGroup: number;
  readonly groupCount: number;
  /** The first groups, which hold content or inodes; those behind are headroom. */
  readonly storedGroupCount: number;
  /** Blocks of the group descriptor table. */
  readonly descriptorBlocks: Block4096;
  /** The filesystem's end: a whole number of groups, unless there is no headroom. */
  readonly totalBlocks: Block4096;
  /** With headroom, free blocks read as zeros and are not stored; without, all blocks are stored. */
  readonly hasHeadroom: boolean;
}

export interface Needs {
  /** Content blocks: everything but superblocks, descriptors, bitmaps and inode tables. */
  readonly contentBlocks: Block4096;
  /** The highest inode number in use. */
  readonly inodes: number;
  /** Free bytes that the filesystem must have. */
  readonly headroomBytes: number;
}

/** Inodes to spare in a filesystem without headroom. */
const SPARE_INODES = 16;
/** With headroom, one more inode for each 64 KiB of it. */
const HEADROOM_BLOCKS_PER_INODE = 65536 / BLOCK_SIZE;

/**
 * Whether a group has copies of the superblock and the descriptors under sparse_super: groups 0 and
 * 1 and the powers of 3, 5 and 7 (fs/ext2/balloc.c, ext2_group_sparse).
 */
export function hasSuperblock(group: number): boolean {
  if (group <= 1) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}

/** How many of the groups 0 to `groups` - 1 have a superblock. */
export function countSuperblocks(groups: number): number {
  let count = Math.min(groups, 2);
  for (const base of [3, 5, 7]) for (let power = base; power < groups; power *= base) count++;
  return count;
}

/** Blocks that a group's own metadata takes at its start. */
export function groupOverhead(
  { descriptorBlocks, inodesPerGroup }: Pick<Geometry, 'descriptorBlocks' | 'inodesPerGroup'>,
  group: number,
): Block4096 {
  const copies = hasSuperblock(group) ? 1 + descriptorBlocks : 0;
  return copies + 2 + inodesPerGroup / INODES_PER_BLOCK;
}

/**
 * The smallest geometry that holds `needs`. Groups have 32,768 blocks, with one exception: where
 * there is no headroom and inodes, not blocks, ask for another group, groups are smaller, since
 * their free ends would have to be stored.
 * @throws SnapdiscError `usage.headroom` or `source.too-large` over 2^32 blocks.
 */
export function chooseGeometry(needs: Needs): Geometry {
  const headroom = Math.ceil(needs.headroomBytes / BLOCK_SIZE);
  const spare = headroom === 0 ? SPARE_INODES : Math.ceil(headroom / HEADROOM_BLOCKS_PER_INODE);
  let stored = Math.ceil((needs.inodes + SPARE_INODES) / MAX_INODES_PER_GROUP);
  let count = stored;
  for (;;) {
    const shape = {
      ...shapeOf(needs.inodes, spare, stored, count),
      hasHeadroom: headroom > 0,
    };
    const lacking = needs.contentBlocks - capacity(shape, stored);
    if (lacking > 0) {
      stored += groupsFor(lacking);
      count = Math.max(count, stored);
    } else if (headroom > 0) {
      const lackingFree = needs.contentBlocks + headroom - capacity(shape, count);
      if (lackingFree <= 0) return shape;
      count += groupsFor(lackingFree);
    } else {
      return exactFit(shape, needs.contentBlocks);
    }
    if (count * MAX_BLOCKS_PER_GROUP > MAX_TOTAL_BLOCKS) throw tooLarge(headroom);
  }
}

function groupsFor(blocks: Block4096): number {
  return Math.max(1, Math.floor(blocks / MAX_BLOCKS_PER_GROUP));
}

function shapeOf(
  inodes: number,
  spare: number,
  stored: number,
  count: number,
): Omit<Geometry, 'hasHeadroom'> {
  const perGroup = Math.max((inodes + SPARE_INODES) / stored, (inodes + spare) / count);
  return {
    blocksPerGroup: MAX_BLOCKS_PER_GROUP,
    inodesPerGroup: Math.min(roundUp(perGroup, INODES_PER_BLOCK), MAX_INODES_PER_GROUP),
    groupCount: count,
    storedGroupCount: stored,
    descriptorBlocks: Math.ceil(count / DESCRIPTORS_PER_BLOCK),
    totalBlocks: count * MAX_BLOCKS_PER_GROUP,
  };
}

/** Metadata blocks of the first `groups` groups. */
export function overheadOf(geometry: Omit<Geometry, 'hasHeadroom'>, groups: number): Block4096 {
  const plain = 2 + geometry.inodesPerGroup / INODES_PER_BLOCK;
  return groups * plain + countSuperblocks(groups) * (1 + geometry.descriptorBlocks);
}

/** Content blocks that fit in the first `groups` groups. */
function capacity(geometry: Omit<Geometry, 'hasHeadroom'>, groups: number): Block4096 {
  return groups * geometry.blocksPerGroup - overheadOf(geometry, groups);
}

/** Without headroom the last group ends with the last block in use. */
function exactFit(shape: Geometry, contentBlocks: Block4096): Geometry {
  const last = shape.groupCount - 1;
  let { blocksPerGroup } = shape;
  if (last > 0 && contentBlocks <= capacity(shape, last)) {
    const overhead = overheadOf(shape, shape.groupCount);
    const share = (contentBlocks + overhead) / shape.groupCount;
    blocksPerGroup = roundUp(Math.max(share, groupOverhead(shape, 0)), 8);
  }
  const geometry = { ...shape, blocksPerGroup };
  const lastContent = Math.max(0, contentBlocks - capacity(geometry, last));
  const totalBlocks = last * blocksPerGroup + groupOverhead(geometry, last) + lastContent;
  return { ...geometry, totalBlocks };
}

function tooLarge(headroom: Block4096): SnapdiscError {
  const message = 'The filesystem would have more than 2^32 blocks of 4 KiB.';
  return headroom > 0
    ? new SnapdiscError('usage.headroom', message, { hint: 'Ask for less headroom.' })
    : new SnapdiscError('source.too-large', message, { hint: 'Leave something out.' });
}
