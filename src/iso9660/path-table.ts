import { type ByteString, bytesOf } from '../bytes.js';
import type { Block2048 } from '../units.js';

/** A path table (ECMA-119 9.4): every directory, for readers that do not walk the tree. */

/** Parent numbers are 16 bits (ECMA-119 9.4.4). */
export const MAX_DIRECTORIES = 65_535;

export interface PathTableRecord {
  /** `\0` for the root. */
  readonly identifier: ByteString;
  readonly lba: Block2048;
  /** The number, from 1, of the parent's record in the table; the root's parent is the root. */
  readonly parent: number;
}

/** Bytes of the table, the same for both byte orders. */
export function pathTableLength(identifiers: Iterable<ByteString>): number {
  let length = 0;
  for (const identifier of identifiers) length += recordLength(identifier);
  return length;
}

/**
 * The table in one byte order: `little` is the type L table, `big` the type M table (ECMA-119
 * 6.9.1). Records must come by level, then parent number, then identifier.
 */
export function encodePathTable(
  records: readonly PathTableRecord[],
  order: 'little' | 'big',
): Buffer {
  const bytes = Buffer.alloc(pathTableLength(records.map(({ identifier }) => identifier)));
  let position = 0;
  for (const { identifier, lba, parent } of records) {
    bytes.writeUInt8(identifier.length, position); // 9.4.1; 1: no extended attributes (9.4.2)
    if (order === 'little') {
      bytes.writeUInt32LE(lba, position + 2); // 9.4.3
      bytes.writeUInt16LE(parent, position + 6); // 9.4.4
    } else {
      bytes.writeUInt32BE(lba, position + 2);
      bytes.writeUInt16BE(parent, position + 6);
    }
    bytes.set(bytesOf(identifier), position + 8); // 9.4.5
    position += recordLength(identifier);
  }
  return bytes;
}

function recordLength(identifier: ByteString): number {
  return 8 + identifier.length + (identifier.length % 2);
}
