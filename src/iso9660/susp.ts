import { getBoth32, putBoth32 } from './both-endian.js';

/**
 * The System Use Sharing Protocol (SUSP 1.12): how Rock Ridge entries are framed in the system use
 * area of a directory record and in the continuation areas that CE entries point to.
 */

const SUSP_VERSION = 1;
const HEADER_LENGTH = 4;
/** The length of an entry is one byte. */
export const ENTRY_LIMIT = 255;
/** CE (SUSP 5.1). */
export const CE_LENGTH = 28;
/** Linux refuses a continuation area that leaves its block (fs/isofs/rock.c, rock_continue). */
export const CONTINUATION_LIMIT = 2048;
/** Linux follows no more CE entries than this for one record (RR_MAX_CE_ENTRIES in rock.c). */
export const CONTINUATIONS_PER_RECORD = 32;

/** Where a record's system use goes on. */
export interface ContinuationPointer {
  readonly lba: number;
  /** Bytes into that block. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** One entry: signature at 0, length at 2, version at 3, `data` from 4 on (SUSP 4). */
export function suspEntry(signature: string, data: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write(signature, 0, 2, 'latin1');
  header[2] = HEADER_LENGTH + data.length;
  header[3] = SUSP_VERSION;
  return Buffer.concat([header, data]);
}

/** SP (SUSP 5.3): must come first in the root directory's own record; nothing is skipped. */
export function spEntry(): Buffer {
  return suspEntry('SP', Buffer.from([0xbe, 0xef, 0]));
}

/** CE (SUSP 5.1): block at 4, offset at 12, length at 20. */
export function ceEntry(pointer: ContinuationPointer): Buffer {
  const data = Buffer.alloc(CE_LENGTH - HEADER_LENGTH);
  putBoth32(data, 0, pointer.lba);
  putBoth32(data, 8, pointer.offset);
  putBoth32(data, 16, pointer.length);
  return suspEntry('CE', data);
}

/** ER (SUSP 5.5): lengths of identifier, descriptor and source at 4 to 6, version at 7. */
export function erEntry(identifier: string, descriptor: string, source: string): Buffer {
  const lengths = [identifier.length, descriptor.length, source.length];
  const text = Buffer.from(identifier + descriptor + source, 'latin1');
  return suspEntry('ER', Buffer.concat([Buffer.from([...lengths, 1]), text]));
}

export interface DividedEntries {
  /** What fits into the record, room for a CE taken into account where `areas` is not empty. */
  readonly inRecord: readonly Uint8Array[];
  /** What goes to continuation areas; all but the last also hold a CE that leads to the next. */
  readonly areas: readonly (readonly Uint8Array[])[];
}

/** Divides a record's entries, in order, over `capacity` bytes of record and as many areas as needed. */
export function divideEntries(entries: readonly Uint8Array[], capacity: number): DividedEntries {
  const [inRecord, ...areas] = packGroups(entries, capacity);
  return { inRecord: inRecord ?? [], areas };
}

function packGroups(entries: readonly Uint8Array[], firstCapacity: number): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  let rest = entries;
  let capacity = firstCapacity;
  while (entriesLength(rest) > capacity) {
    let length = 0;
    const count = rest.findIndex((entry) => {
      length += entry.length;
      return length > capacity - CE_LENGTH;
    });
    groups.push(rest.slice(0, count));
    rest = rest.slice(count);
    capacity = CONTINUATION_LIMIT;
  }
  groups.push([...rest]);
  return groups;
}

export function entriesLength(entries: readonly Uint8Array[]): number {
  return entries.reduce((sum, entry) => sum + entry.length, 0);
}

export interface SuspEntry {
  readonly signature: string;
  /** Without the four bytes of header. */
  readonly data: Buffer;
}

export interface SuspArea {
  readonly entries: readonly SuspEntry[];
  readonly continuation: ContinuationPointer | undefined;
}

/**
 * Takes an area apart, CE and ST included. Whatever does not look like an entry ends the area, as in
 * Linux: filling and other systems' data are allowed there.
 */
export function parseSuspArea(bytes: Buffer): SuspArea {
  const entries: SuspEntry[] = [];
  let continuation: ContinuationPointer | undefined;
  let position = 0;
  while (position + HEADER_LENGTH <= bytes.length) {
    const signature = bytes.toString('latin1', position, position + 2);
    const length = bytes.readUInt8(position + 2);
    if (length < HEADER_LENGTH || position + length > bytes.length || signature === 'ST') break;
    const data = bytes.subarray(position + HEADER_LENGTH, position + length);
    if (signature === 'CE' && length >= CE_LENGTH) {
      const [lba, offset, size] = [getBoth32(data, 0), getBoth32(data, 8), getBoth32(data, 16)];
      continuation = { lba, offset, length: size };
    } else {
      entries.push({ signature, data });
    }
    position += length;
  }
  return { entries, continuation };
}

/**
 * The bytes to skip before each system use area if this one, of the root's own record, starts with
 * SP; undefined where the disc does not use SUSP.
 */
export function suspSkip(rootSystemUse: Buffer): number | undefined {
  const [first] = parseSuspArea(rootSystemUse).entries;
  if (first?.signature !== 'SP' || first.data.length < 3) return undefined;
  if (first.data.readUInt16BE(0) !== 0xbeef) return undefined;
  return first.data.readUInt8(2);
}
