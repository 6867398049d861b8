import type { ByteString } from '../bytes.js';
import type { Block2048 } from '../units.js';

/** The tree a caller hands over: plain values, never changed by the writer. */

export interface IsoTime {
  /** Since 1970, UTC. */
  readonly seconds: number;
  /** 0 to 999,999,999. ISO 9660 keeps hundredths for volume dates and none for files. */
  readonly nanoseconds?: number;
}

export interface IsoAttributes {
  /** The low 12 bits: permissions, setuid, setgid, sticky. */
  readonly mode: number;
  /** 0 to 2^32 - 1. */
  readonly uid: number;
  readonly gid: number;
  /** Outside 1900 to 2155 the nearest time a directory record can hold is stored. */
  readonly mtime: IsoTime;
}

/** A regular file. The same object under several names is one extent: a hard link. */
export interface IsoFile extends IsoAttributes {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
  /** `size` bytes, if the writer itself is to write them; else the caller does. */
  readonly content?: Uint8Array;
  /** The extent's first block is a multiple of this many 2,048-byte blocks. Default 1. */
  readonly alignment?: Block2048;
}

export interface IsoDirectory extends IsoAttributes {
  readonly kind: 'directory';
  /** Names of 1 to 255 bytes. Linux's isofs shows at most 253 bytes of a name. */
  readonly entries: ReadonlyMap<ByteString, IsoNode>;
}

export interface IsoSymlink extends IsoAttributes {
  readonly kind: 'symlink';
  /** 1 to 4,095 bytes. */
  readonly target: ByteString;
}

export interface IsoDevice extends IsoAttributes {
  readonly kind: 'block' | 'char';
  /** 0 to 4,095. */
  readonly major: number;
  /** 0 to 1,048,575; with major 0 at most 255, which is all that Linux reads back. */
  readonly minor: number;
}

export interface IsoSpecial extends IsoAttributes {
  readonly kind: 'fifo' | 'socket';
}

export type IsoNode = IsoFile | IsoDirectory | IsoSymlink | IsoDevice | IsoSpecial;

/** The S_IFMT bits of st_mode, which PX stores (RRIP 4.1.1). */
export const FILE_TYPE_BITS = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const satisfies Record<IsoNode['kind'], number>;

export const FILE_TYPE_MASK = 0o170000;

export interface IsoExtent {
  readonly lba: Block2048;
  /** Bytes. */
  readonly size: number;
}
