import type { Block4096 } from '../units.js';
import {
  COMPAT_EXT_ATTR,
  EXTRA_INODE_SIZE,
  FIRST_INODE,
  INCOMPAT_FILETYPE,
  INODE_SIZE,
  RO_COMPAT_LARGE_FILE,
  RO_COMPAT_SPARSE_SUPER,
  SUPERBLOCK_MAGIC,
  SUPERBLOCK_SIZE,
} from './constants.js';

export interface SuperblockFields {
  readonly inodeCount: number;
  readonly totalBlocks: Block4096;
  readonly freeBlocks: Block4096;
  readonly freeInodes: number;
  /** Blocks of superblocks, descriptors, bitmaps and inode tables. */
  readonly overheadBlocks: Block4096;
  readonly blocksPerGroup: Block4096;
  readonly inodesPerGroup: number;
  /** Unix seconds, for all of the superblock's times. */
  readonly created: number;
  /** 16 bytes each. */
  readonly uuid: Uint8Array;
  readonly hashSeed: Uint8Array;
  /** At most 16 bytes. */
  readonly label: Uint8Array;
}

/** s_log_block_size counts doublings of 1,024 bytes. */
const LOG_BLOCK_SIZE = 2;
const STATE_CLEAN = 1;
const ERRORS_CONTINUE = 1;
const DYNAMIC_REVISION = 1;
const NO_MOUNT_COUNT_CHECK = 0xffff;
/** user_xattr and acl: the ext2 driver of old kernels enforces ACLs only when asked. */
const DEFAULT_MOUNT_OPTIONS = 0x0004 | 0x0008;
const HASH_HALF_MD4 = 1;
/** s_flags: hashes made with signed chars, as on x86. No directory has an index here. */
const SIGNED_HASH = 1;

/**
 * A superblock, 1,024 bytes, as group `group` holds it: struct ext2_super_block (fs/ext2/ext2.h),
 * the fields from 0x108 on as in struct ext4_super_block (fs/ext4/ext4.h). Blocks are 4 KiB, none is
 * reserved, the state is clean.
 */
export function encodeSuperblock(fields: SuperblockFields, group: number): Buffer {
  const block = Buffer.alloc(SUPERBLOCK_SIZE);
  const { created } = fields;
  block.writeUInt32LE(fields.inodeCount, 0x00);
  block.writeUInt32LE(fields.totalBlocks, 0x04);
  block.writeUInt32LE(0, 0x08); // s_r_blocks_count
  block.writeUInt32LE(fields.freeBlocks, 0x0c);
  block.writeUInt32LE(fields.freeInodes, 0x10);
  block.writeUInt32LE(0, 0x14); // s_first_data_block
  block.writeUInt32LE(LOG_BLOCK_SIZE, 0x18);
  block.writeUInt32LE(LOG_BLOCK_SIZE, 0x1c); // s_log_frag_size
  block.writeUInt32LE(fields.blocksPerGroup, 0x20);
  block.writeUInt32LE(fields.blocksPerGroup, 0x24); // s_frags_per_group
  block.writeUInt32LE(fields.inodesPerGroup, 0x28);
  block.writeUInt32LE(created % 2 ** 32, 0x30); // s_wtime
  block.writeUInt16LE(NO_MOUNT_COUNT_CHECK, 0x36); // s_max_mnt_count
  block.writeUInt16LE(SUPERBLOCK_MAGIC, 0x38);
  block.writeUInt16LE(STATE_CLEAN, 0x3a);
  block.writeUInt16LE(ERRORS_CONTINUE, 0x3c);
  block.writeUInt32LE(created % 2 ** 32, 0x40); // s_lastcheck
  block.writeUInt32LE(0, 0x44); // s_checkinterval
  block.writeUInt32LE(DYNAMIC_REVISION, 0x4c);
  block.writeUInt32LE(FIRST_INODE, 0x54);
  block.writeUInt16LE(INODE_SIZE, 0x58);
  block.writeUInt16LE(group, 0x5a); // s_block_group_nr
  block.writeUInt32LE(COMPAT_EXT_ATTR, 0x5c);
  block.writeUInt32LE(INCOMPAT_FILETYPE, 0x60);
  block.writeUInt32LE(RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE, 0x64);
  block.set(fields.uuid, 0x68);
  block.set(fields.label, 0x78);
  block.set(fields.hashSeed, 0xec);
  block.writeUInt8(HASH_HALF_MD4, 0xfc);
  block.writeUInt32LE(DEFAULT_MOUNT_OPTIONS, 0x100);
  block.writeUInt32LE(created % 2 ** 32, 0x108); // s_mkfs_time
  block.writeUInt16LE(EXTRA_INODE_SIZE, 0x15c); // s_min_extra_isize
  block.writeUInt16LE(EXTRA_INODE_SIZE, 0x15e); // s_want_extra_isize
  block.writeUInt32LE(SIGNED_HASH, 0x160);
  // s_overhead_clusters: ext4.ko (from 5.18) otherwise writes it at the mount, into three superblocks.
  block.writeUInt32LE(fields.overheadBlocks, 0x248);
  const epoch = Math.floor(created / 2 ** 32);
  block.writeUInt8(epoch, 0x274); // s_wtime_hi
  block.writeUInt8(epoch, 0x276); // s_mkfs_time_hi
  block.writeUInt8(epoch, 0x277); // s_lastcheck_hi
  return block;
}
