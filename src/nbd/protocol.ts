/**
 * The Network Block Device protocol, as far as a read-only server needs it: fixed newstyle handshake,
 * simple replies. Values in, bytes out. Source: doc/proto.md of the nbd project.
 */

/** The server speaks first: two magic numbers, then what it knows. */
const INIT_MAGIC = 0x4e42444d41474943n; // "NBDMAGIC"
export const OPTION_MAGIC = 0x49484156454f5054n; // "IHAVEOPT"
const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
const SIMPLE_REPLY_MAGIC = 0x67446698;

/** Handshake flags, the same for both sides. */
export const FIXED_NEWSTYLE = 1;
export const NO_ZEROES = 2;

/** Transmission flags: flags are there, read-only, a disc that turns. */
const TRANSMISSION_FLAGS = 0b10011;

export const OPTIONS = {
  exportName: 1,
  abort: 2,
  list: 3,
  info: 6,
  go: 7,
} as const;

export const REPLIES = {
  ack: 1,
  server: 2,
  info: 3,
  unsupported: 2 ** 31 + 1,
  invalid: 2 ** 31 + 3,
  unknownExport: 2 ** 31 + 6,
} as const;

const INFO_EXPORT = 0;
const INFO_BLOCK_SIZE = 3;

export const COMMANDS = { read: 0, write: 1, disconnect: 2 } as const;

/** Error numbers of replies: those of Linux, whatever the system. */
export const ERRORS = { none: 0, notPermitted: 1, io: 5, invalid: 22 } as const;

/** The largest read a server must take without having said otherwise. */
export const MAX_PAYLOAD = 32 * 1024 * 1024;

export const OPTION_HEADER = 16;
export const REQUEST_HEADER = 28;
/** Zeros after the answer to `exportName`, unless both sides do without. */
const PADDING = 124;

/** The first bytes of a server. */
export function greeting(): Buffer {
  const bytes = Buffer.alloc(18);
  bytes.writeBigUInt64BE(INIT_MAGIC, 0);
  bytes.writeBigUInt64BE(OPTION_MAGIC, 8);
  bytes.writeUInt16BE(FIXED_NEWSTYLE | NO_ZEROES, 16);
  return bytes;
}

export function optionReply(option: number, type: number, data: Uint8Array = Buffer.alloc(0)) {
  const header = Buffer.alloc(20);
  header.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
  header.writeUInt32BE(option, 8);
  header.writeUInt32BE(type, 12);
  header.writeUInt32BE(data.length, 16);
  return Buffer.concat([header, data]);
}

/** One entry of the list of exports. */
export function serverEntry(name: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name]);
}

/** @param size bytes of the export. */
export function exportInfo(size: number): Buffer {
  const info = Buffer.alloc(12);
  info.writeUInt16BE(INFO_EXPORT, 0);
  info.writeBigUInt64BE(BigInt(size), 2);
  info.writeUInt16BE(TRANSMISSION_FLAGS, 10);
  return info;
}

/** All in bytes. */
export function blockSizeInfo(preferred: number): Buffer {
  const info = Buffer.alloc(14);
  info.writeUInt16BE(INFO_BLOCK_SIZE, 0);
  info.writeUInt32BE(1, 2);
  info.writeUInt32BE(preferred, 6);
  info.writeUInt32BE(MAX_PAYLOAD, 10);
  return info;
}

/** The answer to `exportName`, which has no header. */
export function exportNameReply(size: number, withoutZeroes: boolean): Buffer {
  return Buffer.concat([exportInfo(size).subarray(2), Buffer.alloc(withoutZeroes ? 0 : PADDING)]);
}

/** The data of `info` and `go`: a name, and the numbers of facts that are asked for. */
export function parseGo(data: Buffer): { readonly name: Buffer } | undefined {
  if (data.length < 6) return undefined;
  const nameLength = data.readUInt32BE(0);
  if (nameLength > data.length - 6) return undefined;
  const count = data.readUInt16BE(4 + nameLength);
  if (data.length !== 6 + nameLength + count * 2) return undefined;
  return { name: data.subarray(4, 4 + nameLength) };
}

export interface Request {
  readonly flags: number;
  readonly command: number;
  /** The client's name for the request; goes back unchanged. */
  readonly cookie: bigint;
  /** Bytes. */
  readonly offset: bigint;
  readonly length: number;
}

/** Takes a request's header apart, 28 bytes, or undefined where it is none. */
export function parseRequest(header: Buffer): Request | undefined {
  if (header.readUInt32BE(0) !== REQUEST_MAGIC) return undefined;
  return {
    flags: header.readUInt16BE(4),
    command: header.readUInt16BE(6),
    cookie: header.readBigUInt64BE(8),
    offset: header.readBigUInt64BE(16),
    length: header.readUInt32BE(24),
  };
}

export function simpleReply(cookie: bigint, error: number, data: Uint8Array = Buffer.alloc(0)) {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  header.writeUInt32BE(error, 4);
  header.writeBigUInt64BE(cookie, 8);
  return Buffer.concat([header, data]);
}
