import { type ByteString, bytesOf } from '../../bytes.js';
import { TAR_BLOCK } from '../../rootfs/tar/header.js';

/** Bytes that a name and a link's target have in a header. */
export const MAX_NAME = 100;
/** Seven octal digits: owners, device numbers. */
export const MAX_SHORT_NUMBER = 0o7777777;
/** Eleven octal digits: sizes, times. */
export const MAX_LONG_NUMBER = 0o77777777777;

/** Type flags of IEEE 1003.1, pax, "ustar Interchange Format". */
export const TYPE_FLAGS = {
  file: '0',
  hardLink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  paxHeader: 'x',
} as const;

export interface UstarHeader {
  readonly name: ByteString;
  readonly typeFlag: string;
  readonly linkName: ByteString;
  /** The low 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/**
 * A header block. What does not fit its field is cut, or 0: a PAX header before it has the real value
 * then (pax-header.ts).
 */
export function encodeUstarHeader(header: UstarHeader): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  const number = (offset: number, length: number, value: number) => {
    const fits = value >= 0 && value < 8 ** (length - 1);
    block.write((fits ? value : 0).toString(8).padStart(length - 1, '0'), offset, 'latin1');
  };
  bytesOf(header.name).copy(block, 0, 0, MAX_NAME);
  number(100, 8, header.mode);
  number(108, 8, header.uid);
  number(116, 8, header.gid);
  number(124, 12, header.size);
  number(136, 12, header.mtime);
  block.write(header.typeFlag, 156, 'latin1');
  bytesOf(header.linkName).copy(block, 157, 0, MAX_NAME);
  block.write('ustar\x0000', 257, 'latin1');
  number(329, 8, header.major);
  number(337, 8, header.minor);
  // The sum counts its own field as spaces: six digits, NUL, space.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Zeros up to the next block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
}
