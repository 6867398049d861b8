import { type ByteString, byteString, bytesOf } from '../bytes.js';
import { getBoth16, getBoth32, putBoth16, putBoth32 } from './both-endian.js';
import { getRecordingDate, putRecordingDate } from './dates.js';
import type { IsoExtent, IsoTime } from './nodes.js';

/** A directory record (ECMA-119 9.1). */

/** Up to the file identifier. */
const FIXED_LENGTH = 33;
/** Even, and its length field is one byte. */
const RECORD_LIMIT = 254;
/** The root's record inside a volume descriptor: identifier of one byte, no system use. */
export const ROOT_RECORD_LENGTH = 34;

/** File flags (ECMA-119 9.1.6). */
export const FLAG_DIRECTORY = 0x02;
export const FLAG_ASSOCIATED = 0x04;
export const FLAG_MULTI_EXTENT = 0x80;

/** The identifiers of a directory's own record and its parent's (ECMA-119 7.6.2). */
export const SELF_IDENTIFIER: ByteString = '\0';
export const PARENT_IDENTIFIER: ByteString = '\x01';

export interface DirectoryRecord {
  readonly identifier: ByteString;
  readonly extent: IsoExtent;
  readonly flags: number;
  readonly date: IsoTime;
}

/** Bytes of a record without system use: always even (ECMA-119 9.1.12). */
export function recordHeaderLength(identifier: ByteString): number {
  return evenLength(FIXED_LENGTH + identifier.length);
}

/** Bytes left for system use in a record with this identifier. */
export function systemUseCapacity(identifier: ByteString): number {
  return RECORD_LIMIT - recordHeaderLength(identifier);
}

/** Bytes of a whole record: always even (ECMA-119 9.1.13). */
export function recordLength(identifier: ByteString, systemUseLength: number): number {
  return evenLength(recordHeaderLength(identifier) + systemUseLength);
}

/** A record as it stands in a directory; `systemUse` must fit `systemUseCapacity`. */
export function encodeRecord(record: DirectoryRecord, systemUse: readonly Uint8Array[]): Buffer {
  const used = systemUse.reduce((sum, entry) => sum + entry.length, 0);
  const bytes = Buffer.alloc(recordLength(record.identifier, used));
  bytes.writeUInt8(bytes.length, 0); // 9.1.1; extended attribute record length at 1: none (9.1.2)
  putBoth32(bytes, 2, record.extent.lba); // 9.1.3
  putBoth32(bytes, 10, record.extent.size); // 9.1.4
  putRecordingDate(bytes, 18, record.date); // 9.1.5
  bytes.writeUInt8(record.flags, 25); // 9.1.6; 26 and 27: not interleaved (9.1.7, 9.1.8)
  putBoth16(bytes, 28, 1); // 9.1.9: volume sequence number
  bytes.writeUInt8(record.identifier.length, 32); // 9.1.10
  bytes.set(bytesOf(record.identifier), 33); // 9.1.11
  let position = recordHeaderLength(record.identifier);
  for (const entry of systemUse) {
    bytes.set(entry, position); // 9.1.13
    position += entry.length;
  }
  return bytes;
}

export interface ParsedRecord {
  readonly identifier: ByteString;
  /** `lba` is past the extended attribute record, where the data start (as isofs counts). */
  readonly extent: IsoExtent;
  readonly flags: number;
  /** Undefined where the field holds no date. */
  readonly date: IsoTime | undefined;
  readonly isInterleaved: boolean;
  readonly volume: number;
  readonly systemUse: Buffer;
}

/** Takes one record apart, or undefined where its lengths contradict each other. */
export function parseRecord(bytes: Buffer): ParsedRecord | undefined {
  if (bytes.length < ROOT_RECORD_LENGTH) return undefined;
  const identifierLength = bytes.readUInt8(32);
  const headerLength = evenLength(FIXED_LENGTH + identifierLength);
  if (identifierLength === 0 || FIXED_LENGTH + identifierLength > bytes.length) return undefined;
  return {
    identifier: byteString(bytes.subarray(FIXED_LENGTH, FIXED_LENGTH + identifierLength)),
    extent: { lba: getBoth32(bytes, 2) + bytes.readUInt8(1), size: getBoth32(bytes, 10) },
    flags: bytes.readUInt8(25),
    date: getRecordingDate(bytes, 18),
    isInterleaved: bytes.readUInt8(26) !== 0 || bytes.readUInt8(27) !== 0,
    volume: getBoth16(bytes, 28),
    systemUse: bytes.subarray(Math.min(headerLength, bytes.length)),
  };
}

/** The records of one block of a directory; they never cross into the next (ECMA-119 6.8.1.1). */
export function recordsInBlock(block: Buffer): (ParsedRecord | undefined)[] {
  const records: (ParsedRecord | undefined)[] = [];
  let position = 0;
  while (position < block.length) {
    const length = block.readUInt8(position);
    if (length === 0) break;
    if (position + length > block.length) return [...records, undefined];
    records.push(parseRecord(block.subarray(position, position + length)));
    position += length;
  }
  return records;
}

function evenLength(length: number): number {
  return length + (length % 2);
}
