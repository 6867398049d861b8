import type { Block4096 } from '../units.js';
import { DIRECT_BLOCKS, INDIRECT_BASES } from './indirect.js';
import { type InodeFields, inodeSize } from './inode.js';
import type { PlannedInode } from './inventory.js';
import type { PlanParts } from './plan-parts.js';

/** Everything an inode says, with places as blocks of the filesystem. */
export function inodeFields(parts: PlanParts, planned: PlannedInode): InodeFields {
  const { layout, map } = parts;
  const { inode, links, ownBlocks, xattrs } = planned;
  const pointers: Block4096[] = new Array<number>(DIRECT_BLOCKS + INDIRECT_BASES.length).fill(0);
  let blocks = 0;
  for (const { fileBlock, at, count } of layout.extents(planned)) {
    blocks += count;
    for (let block = fileBlock; block < Math.min(fileBlock + count, DIRECT_BLOCKS); block++) {
      pointers[block] = map.locateBlock(at + block - fileBlock).fsBlock;
    }
  }
  for (const { level, first, at } of layout.nodes(planned)) {
    blocks++;
    if (INDIRECT_BASES[level - 1] !== first) continue;
    pointers[DIRECT_BLOCKS + level - 1] = map.locateBlock(at).fsBlock;
  }
  let xattrBlock = 0;
  if (xattrs?.position !== undefined) {
    blocks++;
    xattrBlock = map.locateBlock(xattrs.position).fsBlock;
  }
  return { inode, links, size: inodeSize(inode, ownBlocks), blocks, pointers, xattrBlock };
}
