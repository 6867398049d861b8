import { type ByteString, byteString } from '../../bytes.js';
import { parseNumberField } from './number.js';

/** Bytes of a tar block: headers are one, data is padded to whole ones. */
export const TAR_BLOCK = 512;

/** How a header says its fields are laid out. */
export type TarFormat = 'v7' | 'ustar' | 'gnu' | 'star';

/** A header block's fields. A number that the field does not hold properly is undefined. */
export interface TarHeader {
  readonly format: TarFormat;
  /** With the ustar prefix joined to it. */
  readonly name: ByteString;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly size: number | undefined;
  /** Seconds since 1970. */
  readonly mtime: number | undefined;
  /** One char; '\0' is how V7 writes '0'. */
  readonly typeflag: string;
  readonly linkName: ByteString;
  readonly deviceMajor: number | undefined;
  readonly deviceMinor: number | undefined;
}

/**
 * The fields of a 512-byte header block, or undefined when its checksum is wrong. Layouts: POSIX
 * ustar (IEEE 1003.1 pax, "ustar Interchange Format"), V7, GNU (tar.h `struct oldgnu_header`) and
 * star (`struct star_header`).
 */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (!hasValidChecksum(block)) return undefined;
  const format = formatOf(block);
  const name = text(block, 0, 100);
  const prefix = prefixOf(block, format);
  const number = (offset: number, length: number) =>
    parseNumberField(block.subarray(offset, offset + length));
  return {
    format,
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(100, 8),
    uid: number(108, 8),
    gid: number(116, 8),
    size: number(124, 12),
    mtime: number(136, 12),
    typeflag: text(block, 156, 1) || '\0',
    linkName: text(block, 157, 100),
    deviceMajor: format === 'v7' ? 0 : number(329, 8),
    deviceMinor: format === 'v7' ? 0 : number(337, 8),
  };
}

/** Whether all bytes are zero: two such blocks end an archive. */
export function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Some old tars summed signed chars; both sums are accepted, as every reader does. */
function hasValidChecksum(block: Buffer): boolean {
  const stored = parseNumberField(block.subarray(148, 156));
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < TAR_BLOCK; i++) {
    // The checksum field itself counts as eight spaces.
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return stored === unsigned || stored === signed;
}

function formatOf(block: Buffer): TarFormat {
  const magic = block.toString('latin1', 257, 265);
  if (magic === 'ustar  \0') return 'gnu';
  if (!magic.startsWith('ustar')) return 'v7';
  return block.toString('latin1', 508, 512) === 'tar\0' ? 'star' : 'ustar';
}

function prefixOf(block: Buffer, format: TarFormat): ByteString {
  if (format === 'ustar') return text(block, 345, 155);
  // star keeps times where the last 24 bytes of the prefix would be.
  if (format === 'star') return text(block, 345, 131);
  return '';
}

function text(block: Buffer, offset: number, length: number): ByteString {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return byteString(end < 0 ? field : field.subarray(0, end));
}
