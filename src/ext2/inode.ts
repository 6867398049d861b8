import { bytesOf } from '../bytes.js';
import type { DeviceNode, Inode } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import {
  BLOCK_SIZE,
  EXTRA_INODE_SIZE,
  FAST_SYMLINK_LENGTH,
  SECTORS_PER_BLOCK,
} from './constants.js';
import { encodeTime } from './timestamp.js';

/** The file type bits of i_mode (include/uapi/linux/stat.h). */
export const TYPE_BITS: Record<Inode['kind'], number> = {
  fifo: 0x1000,
  char: 0x2000,
  directory: 0x4000,
  block: 0x6000,
  file: 0x8000,
  symlink: 0xa000,
  socket: 0xc000,
};

export interface InodeFields {
  readonly inode: Inode;
  readonly links: number;
  /** Bytes; what i_size says. */
  readonly size: number;
  /** Blocks of the inode's own and its xattr block: data, directory, indirect. */
  readonly blocks: Block4096;
  /** Filesystem blocks: 12 direct, single, double, triple indirect; 0 where there is none. */
  readonly pointers: readonly Block4096[];
  /** The xattr block, or 0. */
  readonly xattrBlock: Block4096;
}

/** What i_size says for an inode; `ownBlocks` counts a directory's blocks. */
export function inodeSize(inode: Inode, ownBlocks: Block4096): number {
  if (inode.kind === 'file') return inode.size;
  if (inode.kind === 'symlink') return inode.target.length;
  return ownBlocks * BLOCK_SIZE;
}

/**
 * Writes an inode of 256 bytes into `table` at `offset`: struct ext2_inode (fs/ext2/ext2.h), and
 * from byte 128 on the extra fields of struct ext4_inode (fs/ext4/ext4.h). All times are the mtime:
 * the source knows no others that could be reproduced.
 */
export function writeInode(table: Buffer, offset: number, fields: InodeFields): void {
  const { inode, size } = fields;
  const at = table.subarray(offset);
  const time = encodeTime(inode.mtime);
  at.writeUInt16LE(TYPE_BITS[inode.kind] | (inode.mode & 0o7777), 0);
  at.writeUInt16LE(inode.uid % 0x10000, 2);
  at.writeUInt32LE(size % 2 ** 32, 4);
  at.writeUInt32LE(time.seconds, 8); // i_atime
  at.writeUInt32LE(time.seconds, 12); // i_ctime
  at.writeUInt32LE(time.seconds, 16); // i_mtime
  at.writeUInt16LE(inode.gid % 0x10000, 24);
  at.writeUInt16LE(fields.links, 26);
  at.writeUInt32LE(fields.blocks * SECTORS_PER_BLOCK, 28);
  writeBlockArea(at.subarray(40, 100), fields);
  at.writeUInt32LE(fields.xattrBlock, 104); // i_file_acl
  at.writeUInt32LE(Math.floor(size / 2 ** 32), 108); // i_size_high
  at.writeUInt16LE(Math.floor(inode.uid / 0x10000), 120);
  at.writeUInt16LE(Math.floor(inode.gid / 0x10000), 122);
  at.writeUInt16LE(EXTRA_INODE_SIZE, 128);
  at.writeUInt32LE(time.extra, 132); // i_ctime_extra
  at.writeUInt32LE(time.extra, 136); // i_mtime_extra
  at.writeUInt32LE(time.extra, 140); // i_atime_extra
  at.writeUInt32LE(time.seconds, 144); // i_crtime
  at.writeUInt32LE(time.extra, 148); // i_crtime_extra
}

/** i_block: block pointers, a short symlink's target or a device number. */
function writeBlockArea(area: Buffer, { inode, pointers }: InodeFields): void {
  if (inode.kind === 'symlink' && inode.target.length <= FAST_SYMLINK_LENGTH) {
    bytesOf(inode.target).copy(area);
  } else if (inode.kind === 'block' || inode.kind === 'char') {
    writeDevice(area, inode);
  } else {
    for (const [slot, pointer] of pointers.entries()) area.writeUInt32LE(pointer, slot * 4);
  }
}

/** The old 16-bit encoding where it suffices, else the new one behind it (linux/kdev_t.h). */
function writeDevice(area: Buffer, { major, minor }: DeviceNode): void {
  if (major < 256 && minor < 256) area.writeUInt32LE(major * 256 + minor, 0);
  else area.writeUInt32LE((minor % 256) + major * 256 + (minor - (minor % 256)) * 4096, 4);
}
