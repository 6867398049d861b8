/** Numbers that ISO 9660 records twice, little-endian first (ECMA-119 7.2.3 and 7.3.3). */

/** 16 bits, 4 bytes on disc (ECMA-119 7.2.3). */
export function putBoth16(bytes: Buffer, offset: number, value: number): void {
  bytes.writeUInt16LE(value, offset);
  bytes.writeUInt16BE(value, offset + 2);
}

/** 32 bits, 8 bytes on disc (ECMA-119 7.3.3). */
export function putBoth32(bytes: Buffer, offset: number, value: number): void {
  bytes.writeUInt32LE(value, offset);
  bytes.writeUInt32BE(value, offset + 4);
}

/**
 * The little-endian half of a 16-bit number. Like Linux's isofs (isonum_723) we read only this one:
 * writers that botch the other half exist, and discs must not become unreadable for it.
 */
export function getBoth16(bytes: Buffer, offset: number): number {
  return bytes.readUInt16LE(offset);
}

/** The little-endian half of a 32-bit number (isonum_733). */
export function getBoth32(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset);
}
