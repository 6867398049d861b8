/**
 * Sizes and numbers of the ext2 on-disk format as this project uses it: revision 1, 4 KiB blocks,
 * 256-byte inodes. Source: Linux fs/ext2/ext2.h and fs/ext4/ext4.h.
 */
import { EXT2_BLOCK } from '../units.js';

export const BLOCK_SIZE = EXT2_BLOCK;
export const BITS_PER_BLOCK = BLOCK_SIZE * 8;
export const SECTORS_PER_BLOCK = BLOCK_SIZE / 512;
/** A bitmap is one block, so it bounds both blocks and inodes of a group. */
export const MAX_BLOCKS_PER_GROUP = BITS_PER_BLOCK;
export const MAX_INODES_PER_GROUP = BITS_PER_BLOCK;
/** e2fsprogs takes no less (EXT2_MIN_BLOCKS_PER_GROUP); this writer stays over 1,000. */
export const MIN_BLOCKS_PER_GROUP = 256;
/** Block numbers are 32 bits, and 2^32 - 1 itself is kept free of meaning. */
export const MAX_TOTAL_BLOCKS = 2 ** 32 - 1;

export const INODE_SIZE = 256;
export const INODES_PER_BLOCK = BLOCK_SIZE / INODE_SIZE;
/** i_extra_isize: the fields behind the 128 classic bytes that hold nanoseconds and epoch bits. */
export const EXTRA_INODE_SIZE = 32;
export const ROOT_INODE = 2;
/** The first inode that is not reserved; lost+found has it by convention. */
export const FIRST_INODE = 11;

export const DESCRIPTOR_SIZE = 32;
export const DESCRIPTORS_PER_BLOCK = BLOCK_SIZE / DESCRIPTOR_SIZE;

export const SUPERBLOCK_OFFSET = 1024;
export const SUPERBLOCK_SIZE = 1024;
export const SUPERBLOCK_MAGIC = 0xef53;

export const MAX_NAME_LENGTH = 255;
/** PATH_MAX without its final NUL. */
export const MAX_SYMLINK_LENGTH = 4095;
/** Targets shorter than i_block live in the inode itself. */
export const FAST_SYMLINK_LENGTH = 59;
/** EXT4_LINK_MAX; the ext2 driver reads it too, and refuses only further links over 32,000. */
export const MAX_LINKS = 65_000;

export const COMPAT_EXT_ATTR = 0x0008;
export const INCOMPAT_FILETYPE = 0x0002;
export const RO_COMPAT_SPARSE_SUPER = 0x0001;
export const RO_COMPAT_LARGE_FILE = 0x0002;
