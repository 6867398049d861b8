import { createHash } from 'node:crypto';
import { type ByteString, byteStringFromText, bytesOf, printable } from '../bytes.js';
import { ISO_BLOCK, MIB } from '../units.js';

/**
 * The checksums that a media check compares the disc with: a text file on the disc, format in
 * docs/checksums.md. Pure; hashing the disc is the caller's.
 */

/** What the file covers. All in bytes of the disc. */
export interface ChecksumRange {
  /** The system area is left out: a stick's partition table is changed by partitioning tools. */
  readonly start: number;
  /** The file of checksums itself begins here. */
  readonly end: number;
}

/** A file of the disc, so that a bad place can be named. `start` and `end` are bytes of the disc. */
export interface CoveredFile extends ChecksumRange {
  /** Without a leading slash. */
  readonly path: ByteString;
}

/** Bytes that one checksum covers: little enough to name the bad place, few enough to stay small. */
export const CHECKSUM_BLOCK = MIB;

const SYSTEM_AREA = 16 * ISO_BLOCK;
const DIGEST_HEX = 64;
const ADDRESS_DIGITS = 15;

/** The range that is covered when the file of checksums lies at byte `end`. */
export function checksumRange(end: number): ChecksumRange {
  return { start: SYSTEM_AREA, end };
}

/** How many checksums a range has, of `blockSize` bytes each. */
export function checksumCount({ start, end }: ChecksumRange, blockSize = CHECKSUM_BLOCK): number {
  return Math.ceil((end - start) / blockSize);
}

/**
 * Bytes of the file for a disc whose data end before byte `end`: known before a single byte is
 * hashed, so that the file has its place in the plan.
 */
export function checksumFileSize(end: number, files: readonly CoveredFile[]): number {
  const range = checksumRange(end);
  return head(range, files).length + checksumCount(range) * (DIGEST_HEX + 1) + seal('').length;
}

/**
 * The file: a header of `key value` lines, a line for each file, one SHA-256 in hex a line, and the
 * SHA-256 of all these lines.
 */
export function checksumFile(
  range: ChecksumRange,
  files: readonly CoveredFile[],
  digests: readonly Uint8Array[],
): Buffer {
  const lines = digests.map((digest) => `${Buffer.from(digest).toString('hex')}\n`).join('');
  const body = bytesOf(head(range, files) + lines);
  return Buffer.concat([body, bytesOf(seal(createHash('sha256').update(body).digest('hex')))]);
}

function head({ start, end }: ChecksumRange, files: readonly CoveredFile[]): ByteString {
  const address = (value: number) => String(value).padEnd(ADDRESS_DIGITS);
  return [
    'snapdisc-checksums 2',
    'hash sha256',
    `block ${CHECKSUM_BLOCK}`,
    `start ${address(start)}`,
    `end ${address(end)}`,
    ...files.map(fileLine),
    '',
  ].join('\n');
}

/** Paths are made printable: a line break in one would end its line. */
function fileLine({ start, end, path }: CoveredFile): ByteString {
  return `file ${start} ${end} ${byteStringFromText(printable(path))}`;
}

function seal(digest: string): string {
  return `self ${digest.padEnd(DIGEST_HEX)}\n`;
}
