import { type ByteString, byteString } from '../../bytes.js';
import type { Timestamp } from '../tree.js';
import { corrupt } from './corrupt.js';

/** One record of a PAX extended header. Values may hold any byte. */
export interface PaxRecord {
  readonly key: ByteString;
  readonly value: Buffer;
}

/**
 * The records of a PAX extended header block: `LENGTH KEY=VALUE\n` each, the length in decimal and
 * counting itself (IEEE 1003.1 pax, "pax Header Block").
 * @param position of the data in the archive, for messages.
 * @throws SnapdiscError `source.corrupt` when a record lies about its length.
 */
export function parsePaxRecords(data: Buffer, position: number): PaxRecord[] {
  const records: PaxRecord[] = [];
  let start = 0;
  while (start < data.length) {
    const fail = (reason: string) => corrupt(position + start, `a PAX record ${reason}`);
    // Some writers pad the header with NULs inside its size.
    if (data[start] === 0) break;
    const space = data.subarray(start, start + 12).indexOf(0x20);
    const digits = data.toString('latin1', start, start + Math.max(space, 0));
    if (!/^[0-9]+$/.test(digits)) throw fail('does not start with its length');
    const end = start + Number(digits);
    if (end > data.length) throw fail('is longer than its header');
    if (data[end - 1] !== 0x0a || end <= start + space + 1) throw fail('lies about its length');
    const body = data.subarray(start + space + 1, end - 1);
    const equals = body.indexOf(0x3d);
    if (equals <= 0) throw fail('has no keyword');
    records.push({ key: byteString(body.subarray(0, equals)), value: body.subarray(equals + 1) });
    start = end;
  }
  return records;
}

/**
 * What extended headers say about an entry: the last value of each key. An empty value takes the
 * key back, as POSIX says, except for xattrs, which may be empty.
 */
export class PaxAttributes {
  readonly #values: Map<ByteString, Buffer>;
  /** GNU.sparse.offset and .numbytes of format 0.0, which repeat and whose order matters. */
  readonly sparsePairs: string[] = [];

  constructor(base?: PaxAttributes) {
    this.#values = new Map(base === undefined ? [] : base.#values);
  }

  add(records: readonly PaxRecord[]): void {
    for (const { key, value } of records) {
      if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
        this.sparsePairs.push(value.toString('latin1'));
      } else if (value.length === 0 && !key.includes('.xattr.')) {
        this.#values.delete(key);
      } else {
        this.#values.set(key, value);
      }
    }
  }

  get(key: ByteString): Buffer | undefined {
    return this.#values.get(key);
  }

  getText(key: ByteString): ByteString | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : byteString(value);
  }

  entries(): IterableIterator<[ByteString, Buffer]> {
    return this.#values.entries();
  }
}

/** A PAX time, decimal seconds with any number of digits after the point, or undefined. */
export function parsePaxTime(text: string): Timestamp | undefined {
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(text);
  if (match === null) return undefined;
  const whole = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { seconds: whole, nanoseconds };
  // -1.25 s is 750 ms after second -2.
  if (nanoseconds === 0) return { seconds: whole === 0 ? 0 : -whole, nanoseconds };
  return { seconds: -whole - 1, nanoseconds: 1e9 - nanoseconds };
}
