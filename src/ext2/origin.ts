import type { Block4096 } from '../units.js';
import { encodeBitmap } from './bitmap.js';
import type { Geometry } from './geometry.js';
import { groupOverhead, hasSuperblock } from './geometry.js';
import { groupLayout } from './group-descriptor.js';
import type { GroupMap } from './group-map.js';

/**
 * The origin device: how the filesystem's blocks come from what is stored. The groups behind the
 * stored ones differ only in whether they have room for a superblock, so that three template blocks
 * hold the bitmaps of them all.
 */
export type OriginSegment = {
  /** Blocks of the filesystem; segments follow each other without gaps. */
  readonly start: Block4096;
  readonly count: Block4096;
} & (
  | {
      readonly kind: 'stored';
      /** Block of the stored image. */
      readonly at: Block4096;
    }
  | {
      readonly kind: 'template';
      /** Index of the first template; `count` of them follow each other. */
      readonly at: Block4096;
    }
  | { readonly kind: 'zero' }
);

/** Template 0: block bitmap of a plain group; 1: inode bitmap; 2: block bitmap beside a superblock. */
const PLAIN_PAIR = 0;
const SUPERBLOCK_PAIR = 1;

/** The template blocks, in the order in which they are stored; none where no group needs them. */
export function encodeTemplates(geometry: Geometry): Buffer[] {
  if (geometry.groupCount === geometry.storedGroupCount) return [];
  const { blocksPerGroup, inodesPerGroup } = geometry;
  // Group 0 has a superblock, and group 2 never has.
  return [
    encodeBitmap(groupOverhead(geometry, 2), blocksPerGroup),
    encodeBitmap(0, inodesPerGroup),
    encodeBitmap(groupOverhead(geometry, 0), blocksPerGroup),
  ];
}

/** Covers the filesystem's blocks 0 to totalBlocks, ascending, neighbours of one kind merged. */
export function originSegments(geometry: Geometry, map: GroupMap): OriginSegment[] {
  const segments: OriginSegment[] = [];
  let end = 0;
  const add = (segment: OriginSegment) => {
    if (segment.start > end)
      segments.push({ start: end, count: segment.start - end, kind: 'zero' });
    const last = segments.at(-1);
    if (
      last?.kind === 'stored' &&
      segment.kind === 'stored' &&
      last.start + last.count === segment.start
    ) {
      segments[segments.length - 1] = { ...last, count: last.count + segment.count };
    } else if (segment.count > 0) {
      segments.push(segment);
    }
    end = segment.start + segment.count;
  };
  for (const { start, storedStart, storedCount } of map.groups) {
    add({ start, count: storedCount, kind: 'stored', at: storedStart });
  }
  for (let group = geometry.storedGroupCount; group < geometry.groupCount; group++) {
    const { blockBitmap, inodeBitmap } = groupLayout(geometry, group);
    const start = group * geometry.blocksPerGroup + Math.min(blockBitmap, inodeBitmap);
    const at = hasSuperblock(group) ? SUPERBLOCK_PAIR : PLAIN_PAIR;
    add({ start, count: 2, kind: 'template', at });
  }
  if (end < geometry.totalBlocks) {
    segments.push({ start: end, count: geometry.totalBlocks - end, kind: 'zero' });
  }
  return segments;
}
