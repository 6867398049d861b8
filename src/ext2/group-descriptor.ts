import type { Block4096 } from '../units.js';
import { DESCRIPTOR_SIZE } from './constants.js';
import { type Geometry, groupOverhead, hasSuperblock } from './geometry.js';

/** Where a group's own metadata lies, as blocks from the group's start. */
export interface GroupLayout {
  readonly blockBitmap: Block4096;
  readonly inodeBitmap: Block4096;
  readonly inodeTable: Block4096;
  /** The first block after the metadata. */
  readonly end: Block4096;
}

/**
 * The layout of a group: superblock and descriptors where it has them, bitmaps, inode table. Beside
 * a superblock the inode bitmap comes first, so that one stored inode bitmap, between the two kinds
 * of block bitmap, makes a pair with either (see origin.ts).
 */
export function groupLayout(geometry: Geometry, group: number): GroupLayout {
  const copies = hasSuperblock(group);
  const first = copies ? 1 + geometry.descriptorBlocks : 0;
  return {
    blockBitmap: first + (copies ? 1 : 0),
    inodeBitmap: first + (copies ? 0 : 1),
    inodeTable: first + 2,
    end: groupOverhead(geometry, group),
  };
}

export interface GroupDescriptor {
  /** Blocks of the filesystem. */
  readonly blockBitmap: Block4096;
  readonly inodeBitmap: Block4096;
  readonly inodeTable: Block4096;
  readonly freeBlocks: Block4096;
  readonly freeInodes: number;
  readonly directories: number;
}

/** Writes struct ext2_group_desc, 32 bytes (fs/ext2/ext2.h), at `offset`. */
export function writeGroupDescriptor(
  table: Buffer,
  offset: number,
  descriptor: GroupDescriptor,
): void {
  table.writeUInt32LE(descriptor.blockBitmap, offset);
  table.writeUInt32LE(descriptor.inodeBitmap, offset + 4);
  table.writeUInt32LE(descriptor.inodeTable, offset + 8);
  table.writeUInt16LE(descriptor.freeBlocks, offset + 12);
  table.writeUInt16LE(descriptor.freeInodes, offset + 14);
  table.writeUInt16LE(descriptor.directories, offset + 16);
}

/** Reads struct ext2_group_desc at `offset`. */
export function readGroupDescriptor(table: Buffer, offset: number): GroupDescriptor {
  const bytes = table.subarray(offset, offset + DESCRIPTOR_SIZE);
  return {
    blockBitmap: bytes.readUInt32LE(0),
    inodeBitmap: bytes.readUInt32LE(4),
    inodeTable: bytes.readUInt32LE(8),
    freeBlocks: bytes.readUInt16LE(12),
    freeInodes: bytes.readUInt16LE(14),
    directories: bytes.readUInt16LE(16),
  };
}
