import type { Block4096 } from '../units.js';
import { roundUp } from '../units.js';
import { encodeBitmap } from './bitmap.js';
import {
  BLOCK_SIZE,
  DESCRIPTOR_SIZE,
  FIRST_INODE,
  INODE_SIZE,
  INODES_PER_BLOCK,
  ROOT_INODE,
  SUPERBLOCK_OFFSET,
} from './constants.js';
import { groupOverhead, hasSuperblock } from './geometry.js';
import { groupLayout, writeGroupDescriptor } from './group-descriptor.js';
import type { StoredGroup } from './group-map.js';
import { writeInode } from './inode.js';
import { inodeFields } from './inode-fields.js';
import { figuresOf, type MetadataPiece, type PlanParts, usedInodes } from './plan-parts.js';
import { encodeSuperblock, type SuperblockFields } from './superblock.js';

/** Blocks of an inode table that are made at once. */
const TABLE_CHUNK: Block4096 = 64;

/** Superblocks, descriptors, bitmaps and inode tables of the stored groups. */
export function* groupPieces(parts: PlanParts): Generator<MetadataPiece> {
  const superblock = superblockFields(parts);
  const table = descriptorTable(parts);
  for (const group of parts.map.groups) {
    if (hasSuperblock(group.index)) {
      const data = Buffer.alloc(BLOCK_SIZE + table.length);
      const offset = group.index === 0 ? SUPERBLOCK_OFFSET : 0;
      encodeSuperblock(superblock, group.index).copy(data, offset);
      table.copy(data, BLOCK_SIZE);
      yield { block: group.storedStart, data };
    }
    yield* bitmapPieces(parts, group);
    yield* inodeTablePieces(parts, group);
  }
}

function superblockFields(parts: PlanParts): SuperblockFields {
  const { options, geometry } = parts;
  const label = Buffer.from(options.label, 'utf8');
  return { ...geometry, ...figuresOf(parts), ...options, label };
}

function descriptorTable(parts: PlanParts): Buffer {
  const { geometry, map } = parts;
  const table = Buffer.alloc(geometry.descriptorBlocks * BLOCK_SIZE);
  const directories = directoriesByGroup(parts);
  for (let group = 0; group < geometry.groupCount; group++) {
    const start = group * geometry.blocksPerGroup;
    const { blockBitmap, inodeBitmap, inodeTable } = groupLayout(geometry, group);
    const stored = map.groups[group];
    const size = stored?.size ?? geometry.blocksPerGroup;
    writeGroupDescriptor(table, group * DESCRIPTOR_SIZE, {
      blockBitmap: start + blockBitmap,
      inodeBitmap: start + inodeBitmap,
      inodeTable: start + inodeTable,
      freeBlocks: size - groupOverhead(geometry, group) - (stored?.contentCount ?? 0),
      freeInodes: geometry.inodesPerGroup - inodesInGroup(parts, group),
      directories: directories[group] ?? 0,
    });
  }
  return table;
}

function directoriesByGroup({ inventory, geometry }: PlanParts): number[] {
  const counts = new Array<number>(geometry.storedGroupCount).fill(0);
  for (const { inode, number } of inventory.inodes) {
    if (inode.kind !== 'directory') continue;
    const group = Math.floor((number - 1) / geometry.inodesPerGroup);
    counts[group] = (counts[group] ?? 0) + 1;
  }
  return counts;
}

/** How many inodes of a group are in use; they are its first. */
function inodesInGroup(parts: PlanParts, group: number): number {
  const { inodesPerGroup } = parts.geometry;
  return Math.min(Math.max(usedInodes(parts) - group * inodesPerGroup, 0), inodesPerGroup);
}

function* bitmapPieces(parts: PlanParts, group: StoredGroup): Generator<MetadataPiece> {
  const { blockBitmap, inodeBitmap } = groupLayout(parts.geometry, group.index);
  yield {
    block: group.storedStart + blockBitmap,
    data: encodeBitmap(group.overhead + group.contentCount, group.size),
  };
  yield {
    block: group.storedStart + inodeBitmap,
    data: encodeBitmap(inodesInGroup(parts, group.index), parts.geometry.inodesPerGroup),
  };
}

/** The inode table as far as it is in use; behind that it is zero. */
function* inodeTablePieces(parts: PlanParts, group: StoredGroup): Generator<MetadataPiece> {
  const { inodeTable } = groupLayout(parts.geometry, group.index);
  const before = group.index * parts.geometry.inodesPerGroup;
  const used = inodesInGroup(parts, group.index);
  const chunk = TABLE_CHUNK * INODES_PER_BLOCK;
  for (let first = 0; first < used; first += chunk) {
    const count = Math.min(chunk, used - first);
    const data = Buffer.alloc(roundUp(count * INODE_SIZE, BLOCK_SIZE));
    for (let index = 0; index < count; index++) {
      const planned = inodeNumbered(parts, before + first + index + 1);
      if (planned !== undefined) writeInode(data, index * INODE_SIZE, inodeFields(parts, planned));
    }
    yield { block: group.storedStart + inodeTable + first / INODES_PER_BLOCK, data };
  }
}

function inodeNumbered({ inventory, numbered }: PlanParts, number: number) {
  return number === ROOT_INODE ? inventory.root : numbered[number - FIRST_INODE];
}
