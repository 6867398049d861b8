import { type ByteString, byteString } from '../bytes.js';
import type { Xattr } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { type BlockPointer, type MappedExtent, mapBlocks, walkPointers } from './block-map.js';
import {
  BLOCK_SIZE,
  DESCRIPTOR_SIZE,
  DESCRIPTORS_PER_BLOCK,
  INODE_SIZE,
  ROOT_INODE,
} from './constants.js';
import { type GroupDescriptor, readGroupDescriptor } from './group-descriptor.js';
import { decodeDirectoryBlock, type StoredEntry } from './read-directory.js';
import { decodeInode, type StoredInode } from './read-inode.js';
import { notExt2, readSuperblock, type Superblock } from './read-superblock.js';
import { decodeXattrBlock } from './read-xattr.js';

/** Gives `length` bytes from `offset` bytes into the filesystem; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Every directory here is shorter; a bound for what a broken image makes us read. */
const MAX_DIRECTORY_BYTES = 2 ** 31;

/**
 * Reads an ext2 image of this project's kind, for figures and for what lies where. Blocks are those
 * of the filesystem; `ReadAt` maps them where the image is only a part of it.
 */
export class Ext2Image {
  private constructor(
    readonly superblock: Superblock,
    readonly groups: readonly GroupDescriptor[],
    readonly readAt: ReadAt,
  ) {}

  /** @throws SnapdiscError `image.ext2`, as all methods do. */
  static async open(readAt: ReadAt): Promise<Ext2Image> {
    const superblock = readSuperblock(await readAt(0, BLOCK_SIZE));
    const unread = superblock.features.find(
      (feature) => feature.startsWith('incompat_') || UNREAD_FEATURES.has(feature),
    );
    if (unread !== undefined) throw notExt2(`it has the feature ${unread}`);
    const groups: GroupDescriptor[] = [];
    // Block by block: a lie about the number of groups ends with the image, not with our memory.
    for (let block = 1; groups.length < superblock.groupCount; block++) {
      const table = await readExactly(readAt, block * BLOCK_SIZE, BLOCK_SIZE);
      const missing = superblock.groupCount - groups.length;
      for (let index = 0; index < Math.min(missing, DESCRIPTORS_PER_BLOCK); index++) {
        groups.push(readGroupDescriptor(table, index * DESCRIPTOR_SIZE));
      }
    }
    return new Ext2Image(superblock, groups, readAt);
  }

  root(): Promise<StoredInode> {
    return this.inode(ROOT_INODE);
  }

  async inode(number: number): Promise<StoredInode> {
    const { inodesPerGroup, inodeCount } = this.superblock;
    if (number < 1 || number > inodeCount) throw notExt2(`there is no inode ${number}`);
    const group = this.groups[Math.floor((number - 1) / inodesPerGroup)];
    if (group === undefined) throw notExt2(`inode ${number} has no group`);
    const offset = ((number - 1) % inodesPerGroup) * INODE_SIZE;
    const bytes = await readExactly(
      this.readAt,
      group.inodeTable * BLOCK_SIZE + offset,
      INODE_SIZE,
    );
    return decodeInode(bytes, number);
  }

  /** Where an inode's data lies, ascending by file block; holes are left out. */
  extents(inode: StoredInode): AsyncGenerator<MappedExtent> {
    return mapBlocks(inode.pointers, this.superblock.totalBlocks, (block) => this.block(block));
  }

  /** All blocks of an inode, indirect ones too, but for that of its xattrs. */
  blocks(inode: StoredInode): AsyncGenerator<BlockPointer> {
    return walkPointers(inode.pointers, this.superblock.totalBlocks, (block) => this.block(block));
  }

  /** The entries of a directory, `.` and `..` included. */
  async *entries(inode: StoredInode): AsyncGenerator<StoredEntry> {
    if (inode.kind !== 'directory') throw notExt2(`inode ${inode.number} is no directory`);
    if (inode.size > MAX_DIRECTORY_BYTES) throw notExt2(`directory ${inode.number} is too large`);
    for await (const { fsBlock, count } of this.extents(inode)) {
      for (let index = 0; index < count; index++) {
        yield* decodeDirectoryBlock(await this.block(fsBlock + index));
      }
    }
  }

  async linkTarget(inode: StoredInode): Promise<ByteString> {
    if (inode.shortTarget !== undefined) return inode.shortTarget;
    const block = await this.block(inode.pointers[0] ?? 0);
    return byteString(block.subarray(0, inode.size));
  }

  async xattrs(inode: StoredInode): Promise<Xattr[]> {
    return inode.xattrBlock === 0 ? [] : decodeXattrBlock(await this.block(inode.xattrBlock));
  }

  /** One block, 4,096 bytes. */
  async block(block: Block4096): Promise<Buffer> {
    if (block < 1 || block >= this.superblock.totalBlocks)
      throw notExt2(`block ${block} is outside`);
    return readExactly(this.readAt, block * BLOCK_SIZE, BLOCK_SIZE);
  }
}

/** Features that change how blocks and inodes are found. */
const UNREAD_FEATURES = new Set(['needs_recovery', 'extent', '64bit', 'flex_bg']);

async function readExactly(readAt: ReadAt, offset: number, length: number): Promise<Buffer> {
  const bytes = await readAt(offset, length);
  if (bytes.length < length) throw notExt2('it is cut off');
  return Buffer.from(bytes.buffer, bytes.byteOffset, length);
}
