import { type ByteString, byteString } from '../bytes.js';
import { notExt2 } from './read-superblock.js';

export interface StoredEntry {
  readonly name: ByteString;
  readonly inode: number;
}

const HEADER = 8;

/**
 * The entries of one directory block, `.` and `..` included (struct ext2_dir_entry_2).
 * @throws SnapdiscError `image.ext2`.
 */
export function* decodeDirectoryBlock(block: Buffer): Generator<StoredEntry> {
  for (let at = 0; at < block.length; ) {
    if (at + HEADER > block.length) throw notExt2('a directory entry is cut off');
    const length = block.readUInt16LE(at + 4);
    const nameLength = block.readUInt8(at + 6);
    if (length < HEADER + nameLength || length % 4 !== 0 || at + length > block.length) {
      throw notExt2('a directory entry has an impossible length');
    }
    const inode = block.readUInt32LE(at);
    const name = byteString(block.subarray(at + HEADER, at + HEADER + nameLength));
    if (inode !== 0) yield { name, inode };
    at += length;
  }
}
