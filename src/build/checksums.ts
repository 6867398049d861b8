import { ISO_BLOCK, MIB } from '../units.js';

/**
 * The checksums that a media check compares the disc with: a text file on the disc, format in
 * docs/checksums.md. Pure; the hashing itself is the caller's.
 */

/** Where on the disc checksums are taken. All in bytes. */
export interface ChecksumRange {
  /** The system area is left out: a stick's partition table is changed by partitioning tools. */
  readonly start: number;
  /** The file of checksums itself begins here. */
  readonly end: number;
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

/** How many checksums a range has. */
export function checksumCount({ start, end }: ChecksumRange): number {
  return Math.ceil((end - start) / CHECKSUM_BLOCK);
}

/**
 * Bytes of the file for a disc whose data end before byte `end`: known before a single byte is
 * hashed, so that the file has its place in the plan.
 */
export function checksumFileSize(end: number): number {
  const range = checksumRange(end);
  return header(range).length + checksumCount(range) * (DIGEST_HEX + 1);
}

/** The file: a header of `key value` lines, then one SHA-256 in hex a line. */
export function checksumFile(range: ChecksumRange, digests: readonly Uint8Array[]): Buffer {
  const lines = digests.map((digest) => `${Buffer.from(digest).toString('hex')}\n`);
  return Buffer.from(header(range) + lines.join(''));
}

function header({ start, end }: ChecksumRange): string {
  const address = (value: number) => String(value).padEnd(ADDRESS_DIGITS);
  return [
    'snapdisc-checksums 1',
    'hash sha256',
    `block ${CHECKSUM_BLOCK}`,
    `start ${address(start)}`,
    `end ${address(end)}`,
    '',
  ].join('\n');
}
