import type { Block4096 } from '../units.js';
import { FIRST_INODE } from './constants.js';
import type { ContentLayout } from './content-layout.js';
import { type Geometry, overheadOf } from './geometry.js';
import type { GroupMap } from './group-map.js';
import type { Inventory, PlannedInode } from './inventory.js';
import type { Ext2Options } from './options.js';

/** What the stages of planning found, as the encoders of metadata need it. */
export interface PlanParts {
  /** A placement may be large, and is not needed once everything has its place. */
  readonly options: Omit<Ext2Options, 'hot' | 'placement'>;
  readonly inventory: Inventory;
  /** By number, from FIRST_INODE on; the root is not among them. */
  readonly numbered: readonly PlannedInode[];
  readonly layout: ContentLayout;
  readonly geometry: Geometry;
  readonly map: GroupMap;
  /** 4,096 bytes each. */
  readonly templates: readonly Uint8Array[];
}

/** Counts of the whole filesystem. */
export interface Figures {
  readonly inodeCount: number;
  readonly freeInodes: number;
  /** Superblocks, descriptors, bitmaps and inode tables. */
  readonly overheadBlocks: Block4096;
  readonly freeBlocks: Block4096;
  /** Those of the free blocks that are stored all the same. */
  readonly storedFreeBlocks: Block4096;
}

/** The highest inode number in use; inodes are used without gaps from 1 on. */
export function usedInodes({ numbered }: Pick<PlanParts, 'numbered'>): number {
  return FIRST_INODE - 1 + numbered.length;
}

export function figuresOf(parts: PlanParts): Figures {
  const { geometry, layout, map } = parts;
  const inodeCount = geometry.inodesPerGroup * geometry.groupCount;
  const content = layout.blockCount;
  const overheadBlocks = overheadOf(geometry, geometry.groupCount);
  return {
    inodeCount,
    freeInodes: inodeCount - usedInodes(parts),
    overheadBlocks,
    freeBlocks: geometry.totalBlocks - overheadBlocks - content,
    storedFreeBlocks: map.imageBlocks - overheadOf(geometry, geometry.storedGroupCount) - content,
  };
}

/** Whole blocks that go to the stored image one after the other. */
export interface MetadataPiece {
  /** Block of the stored image. */
  readonly block: Block4096;
  /** A multiple of 4,096 bytes; the taker's to keep. */
  readonly data: Uint8Array;
}
