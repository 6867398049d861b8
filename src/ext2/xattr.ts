import { type ByteString, bytesOf, printable } from '../bytes.js';
import type { Xattr } from '../rootfs/tree.js';
import { roundUp } from '../units.js';
import { aclToDisk } from './acl.js';
import { BLOCK_SIZE } from './constants.js';

/**
 * External xattr blocks: struct ext2_xattr_header and ext2_xattr_entry (fs/ext2/xattr.h), hashes as
 * fs/ext4/xattr.c computes them. The plain ext2 driver reads no other kind.
 */
export const XATTR_MAGIC = 0xea020000;
export const XATTR_HEADER = 32;
export const XATTR_ENTRY = 16;
const TERMINATOR = 4;

/** Namespaces and the e_name_index that stands for them. */
const PREFIXES: readonly (readonly [prefix: string, index: number])[] = [
  ['user.', 1],
  ['trusted.', 4],
  ['security.', 6],
];
const ACL_INDEXES = new Map([
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
]);

/** What a name of the namespace `index` begins with; undefined for unknown ones. */
export function xattrPrefix(index: number): string | undefined {
  for (const [name, aclIndex] of ACL_INDEXES) if (aclIndex === index) return name;
  return PREFIXES.find(([, prefixIndex]) => prefixIndex === index)?.[0];
}

/** An xattr as it is stored: namespace by index, ACLs in their stored form. */
export interface StoredXattr {
  readonly index: number;
  readonly name: ByteString;
  readonly value: Uint8Array;
}

/** What is wrong with one xattr, as a part of a sentence. */
export class XattrProblem {
  constructor(readonly message: string) {}
}

/** The stored form of `xattr`; undefined where there is nothing to store (an empty ACL). */
export function toStoredXattr(xattr: Xattr): StoredXattr | XattrProblem | undefined {
  const aclIndex = ACL_INDEXES.get(xattr.name);
  if (aclIndex !== undefined) {
    const value = aclToDisk(xattr.value);
    if (value === undefined) return new XattrProblem(`${xattr.name} is not a valid POSIX ACL`);
    return value.length === 0 ? undefined : { index: aclIndex, name: '', value };
  }
  for (const [prefix, index] of PREFIXES) {
    if (!xattr.name.startsWith(prefix) || xattr.name.length === prefix.length) continue;
    const name = xattr.name.slice(prefix.length);
    if (name.length > 255 || name.includes('\0')) break;
    return { index, name, value: xattr.value };
  }
  return new XattrProblem(`ext2 cannot store the xattr name ${printable(xattr.name)}`);
}

/** Sorts as the kernel searches: by index, then length of name, then bytes of name. */
export function compareXattrs(a: StoredXattr, b: StoredXattr): number {
  if (a.index !== b.index) return a.index - b.index;
  if (a.name.length !== b.name.length) return a.name.length - b.name.length;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Bytes that a set needs in its block, header and terminator included; at most 4,096 fit. */
export function xattrBlockSize(xattrs: readonly StoredXattr[]): number {
  const entries = xattrs.map(({ name, value }) => entryLength(name) + roundUp(value.length, 4));
  return entries.reduce((sum, length) => sum + length, XATTR_HEADER + TERMINATOR);
}

/** A block of 4,096 bytes with the sorted `xattrs`, used by `references` inodes. */
export function encodeXattrBlock(xattrs: readonly StoredXattr[], references: number): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  let entry = XATTR_HEADER;
  let valueEnd = BLOCK_SIZE;
  let blockHash = 0;
  for (const { index, name, value } of xattrs) {
    // Values grow downwards from the end, each on a multiple of 4.
    valueEnd -= roundUp(value.length, 4);
    const hash = entryHash(name, value);
    block.writeUInt8(name.length, entry);
    block.writeUInt8(index, entry + 1);
    block.writeUInt16LE(value.length === 0 ? 0 : valueEnd, entry + 2);
    block.writeUInt32LE(value.length, entry + 8);
    block.writeUInt32LE(hash, entry + 12);
    bytesOf(name).copy(block, entry + XATTR_ENTRY);
    block.set(value, valueEnd);
    entry += entryLength(name);
    blockHash = (rotateLeft(blockHash, 16) ^ hash) >>> 0;
  }
  block.writeUInt32LE(XATTR_MAGIC, 0);
  block.writeUInt32LE(references, 4);
  block.writeUInt32LE(1, 8);
  // A zero hash anywhere tells the kernel not to share the block; fs/ext4/xattr.c ext4_xattr_rehash.
  const shareable = xattrs.every(({ name, value }) => entryHash(name, value) !== 0);
  block.writeUInt32LE(shareable ? blockHash : 0, 12);
  return block;
}

function entryLength(name: ByteString): number {
  return roundUp(XATTR_ENTRY + name.length, 4);
}

/** e_hash: the name's bytes (unsigned, as kernels since 6.2 take them), then the value's words. */
function entryHash(name: ByteString, value: Uint8Array): number {
  let hash = 0;
  for (const byte of bytesOf(name)) hash = rotateLeft(hash, 5) ^ byte;
  const padded = Buffer.alloc(roundUp(value.length, 4));
  padded.set(value);
  for (let at = 0; at < padded.length; at += 4) {
    hash = rotateLeft(hash, 16) ^ padded.readUInt32LE(at);
  }
  return hash >>> 0;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
