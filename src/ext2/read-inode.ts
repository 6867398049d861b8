import { type ByteString, byteString } from '../bytes.js';
import type { Inode, Timestamp } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { BLOCK_SIZE, INODE_SIZE, MAX_SYMLINK_LENGTH } from './constants.js';
import { DIRECT_BLOCKS, INDIRECT_BASES } from './indirect.js';
import { TYPE_BITS } from './inode.js';
import { notExt2 } from './read-superblock.js';
import { decodeTime } from './timestamp.js';

/** An inode as it is on the disc. */
export interface StoredInode {
  readonly number: number;
  readonly kind: Inode['kind'];
  /** The low 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  readonly mtime: Timestamp;
  /** 512-byte sectors of data, indirect and xattr blocks. */
  readonly sectors: number;
  /** Blocks of the filesystem: 12 direct ones, single, double and triple indirect. */
  readonly pointers: readonly Block4096[];
  /** The target of a symlink that is short enough to be in the inode. */
  readonly shortTarget: ByteString | undefined;
  /** Of a device. */
  readonly device: { readonly major: number; readonly minor: number } | undefined;
  /** 0 where there is none. */
  readonly xattrBlock: Block4096;
}

const KINDS = new Map(
  (Object.keys(TYPE_BITS) as Inode['kind'][]).map((kind) => [TYPE_BITS[kind], kind]),
);

/**
 * Decodes the 256 bytes of an inode that is in use.
 * @throws SnapdiscError `image.ext2`.
 */
export function decodeInode(bytes: Uint8Array, number: number): StoredInode {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at.length < INODE_SIZE) throw notExt2(`inode ${number} is cut off`);
  const kind = KINDS.get(at.readUInt16LE(0) & 0xf000);
  if (kind === undefined) throw notExt2(`inode ${number} has no known type`);
  const size = at.readUInt32LE(4) + (kind === 'file' ? at.readUInt32LE(108) * 2 ** 32 : 0);
  const area = at.subarray(40, 100);
  const xattrBlock = at.readUInt32LE(104);
  const sectors = at.readUInt32LE(28);
  // A symlink with no block but that of its xattrs has its target in the inode.
  const isShort = kind === 'symlink' && sectors === (xattrBlock === 0 ? 0 : BLOCK_SIZE / 512);
  if (kind === 'symlink' && (size > (isShort ? area.length : MAX_SYMLINK_LENGTH) || size === 0)) {
    throw notExt2(`symlink ${number} has an impossible length`);
  }
  const hasExtra = at.readUInt16LE(128) >= 12;
  return {
    number,
    kind,
    mode: at.readUInt16LE(0) & 0o7777,
    uid: at.readUInt16LE(2) + at.readUInt16LE(120) * 0x10000,
    gid: at.readUInt16LE(24) + at.readUInt16LE(122) * 0x10000,
    size,
    links: at.readUInt16LE(26),
    mtime: decodeTime({ seconds: at.readUInt32LE(16), extra: hasExtra ? at.readUInt32LE(136) : 0 }),
    sectors,
    pointers: hasBlocks(kind) && !isShort ? readPointers(area) : [],
    shortTarget: isShort ? byteString(area.subarray(0, size)) : undefined,
    device: kind === 'block' || kind === 'char' ? readDevice(area) : undefined,
    xattrBlock,
  };
}

function hasBlocks(kind: Inode['kind']): boolean {
  return kind === 'file' || kind === 'directory' || kind === 'symlink';
}

function readPointers(area: Buffer): Block4096[] {
  const slots = DIRECT_BLOCKS + INDIRECT_BASES.length;
  return Array.from({ length: slots }, (_, slot) => area.readUInt32LE(slot * 4));
}

/** The old 16-bit encoding, or the new one behind it (linux/kdev_t.h). */
function readDevice(area: Buffer): { major: number; minor: number } {
  const old = area.readUInt32LE(0);
  if (old !== 0) return { major: Math.floor(old / 256) % 256, minor: old % 256 };
  const device = area.readUInt32LE(4);
  const highMinor = Math.floor(device / 2 ** 20) * 256;
  return { major: Math.floor(device / 256) % 4096, minor: (device % 256) + highMinor };
}
