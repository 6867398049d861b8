import { byteString } from '../bytes.js';
import type { Xattr } from '../rootfs/tree.js';
import { aclFromDisk } from './acl.js';
import { notExt2 } from './read-superblock.js';
import { XATTR_ENTRY, XATTR_HEADER, XATTR_MAGIC, xattrPrefix } from './xattr.js';

/**
 * The xattrs in an external xattr block, with the names and values that getxattr gives.
 * @throws SnapdiscError `image.ext2`.
 */
export function decodeXattrBlock(block: Buffer): Xattr[] {
  if (block.length < XATTR_HEADER || block.readUInt32LE(0) !== XATTR_MAGIC) {
    throw notExt2('an xattr block is none');
  }
  const xattrs: Xattr[] = [];
  let at = XATTR_HEADER;
  for (;;) {
    if (at + 4 > block.length) throw notExt2('an xattr block has no end');
    if (block.readUInt32LE(at) === 0) return xattrs;
    if (at + XATTR_ENTRY > block.length) throw notExt2('an xattr is cut off');
    const nameLength = block.readUInt8(at);
    const prefix = xattrPrefix(block.readUInt8(at + 1));
    const offset = block.readUInt16LE(at + 2);
    const size = block.readUInt32LE(at + 8);
    const nameEnd = at + XATTR_ENTRY + nameLength;
    if (prefix === undefined) throw notExt2('an xattr has an unknown namespace');
    if (nameEnd > block.length || offset + size > block.length) {
      throw notExt2('an xattr reaches out of its block');
    }
    const name = prefix + byteString(block.subarray(at + XATTR_ENTRY, nameEnd));
    const value = Uint8Array.from(block.subarray(offset, offset + size));
    const isAcl = prefix.startsWith('system.');
    const wire = isAcl ? aclFromDisk(value) : value;
    if (wire === undefined) throw notExt2('an ACL is broken');
    xattrs.push({ name, value: wire });
    at = Math.ceil(nameEnd / 4) * 4;
  }
}
