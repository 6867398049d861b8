import { type ByteString, bytesOf } from '../bytes.js';
import type { Inode } from '../rootfs/tree.js';
import { type Block4096, roundUp } from '../units.js';
import { BLOCK_SIZE } from './constants.js';

/**
 * Linear directories with file types: struct ext2_dir_entry_2 (fs/ext2/ext2.h). A record never
 * crosses a block; the last one of a block reaches to its end.
 */
export interface DirectoryRecord {
  readonly name: ByteString;
  readonly inode: number;
  readonly kind: Inode['kind'];
}

const HEADER = 8;

/** The file_type byte (EXT2_FT_*). */
const FILE_TYPES: Record<Inode['kind'], number> = {
  file: 1,
  directory: 2,
  char: 3,
  block: 4,
  fifo: 5,
  socket: 6,
  symlink: 7,
};

/** Bytes a record needs: an 8-byte header and the name, to a multiple of 4. */
function recordLength(name: ByteString): number {
  return roundUp(HEADER + name.length, 4);
}

/** Blocks that a directory with these names needs, `.` and `..` added here, in the given order. */
export function countDirectoryBlocks(names: Iterable<ByteString>): Block4096 {
  let blocks = 1;
  let used = recordLength('.') + recordLength('..');
  for (const name of names) {
    const length = recordLength(name);
    if (used + length > BLOCK_SIZE) {
      blocks++;
      used = 0;
    }
    used += length;
  }
  return blocks;
}

/** A directory's blocks, 4,096 bytes each. `records` have `.` and `..` first. */
export function* encodeDirectory(records: Iterable<DirectoryRecord>): Generator<Buffer> {
  let block = Buffer.alloc(BLOCK_SIZE);
  let used = 0;
  let last = 0;
  for (const record of records) {
    const length = recordLength(record.name);
    if (used + length > BLOCK_SIZE) {
      yield closeBlock(block, last);
      block = Buffer.alloc(BLOCK_SIZE);
      used = 0;
    }
    block.writeUInt32LE(record.inode, used);
    block.writeUInt16LE(length, used + 4);
    block.writeUInt8(record.name.length, used + 6);
    block.writeUInt8(FILE_TYPES[record.kind], used + 7);
    bytesOf(record.name).copy(block, used + HEADER);
    last = used;
    used += length;
  }
  yield closeBlock(block, last);
}

function closeBlock(block: Buffer, last: number): Buffer {
  block.writeUInt16LE(BLOCK_SIZE - last, last + 4);
  return block;
}
