import type { ByteString } from '../bytes.js';
import { type Block2048, ISO_BLOCK } from '../units.js';
import { getBoth16, getBoth32, putBoth16, putBoth32 } from './both-endian.js';
import { getVolumeDate, putVolumeDate } from './dates.js';
import { type ParsedRecord, parseRecord, ROOT_RECORD_LENGTH } from './directory-record.js';
import type { IsoTime } from './nodes.js';
import { getText, putText } from './text-field.js';

/** Volume descriptors (ECMA-119 8): the primary one and the terminator, one block each. */

/** Blocks 0 to 15 are the system area (ECMA-119 6.2.1). */
export const FIRST_DESCRIPTOR: Block2048 = 16;

/** Volume descriptor types (ECMA-119 8.1.1). */
export const TYPE_BOOT = 0;
export const TYPE_PRIMARY = 1;
export const TYPE_TERMINATOR = 255;

const ROOT_RECORD_OFFSET = 156;

export interface VolumeIdentifiers {
  readonly systemId: ByteString;
  readonly volumeId: ByteString;
  readonly volumeSetId: ByteString;
  readonly publisherId: ByteString;
  readonly preparerId: ByteString;
  readonly applicationId: ByteString;
}

export interface VolumeDates {
  readonly created: IsoTime | undefined;
  /** libblkid, and so udev, makes the volume's UUID of this one. */
  readonly modified: IsoTime | undefined;
}

export interface PrimaryDescriptor extends VolumeIdentifiers, VolumeDates {
  readonly totalBlocks: Block2048;
  /** Bytes. */
  readonly pathTableSize: number;
  readonly pathTableL: Block2048;
  readonly pathTableM: Block2048;
  /** The root directory's record, 34 bytes. */
  readonly rootRecord: Uint8Array;
}

/** The start of any descriptor: type at 0, `CD001` at 1, version at 6 (ECMA-119 8.1). */
export function descriptorBlock(type: number): Buffer {
  const block = Buffer.alloc(ISO_BLOCK);
  block[0] = type;
  block.write('CD001', 1, 'latin1');
  block[6] = 1;
  return block;
}

/** The primary volume descriptor (ECMA-119 8.4). */
export function encodePrimary(volume: PrimaryDescriptor): Buffer {
  const block = descriptorBlock(TYPE_PRIMARY);
  putText(block, 8, 32, volume.systemId); // 8.4.5
  putText(block, 40, 32, volume.volumeId); // 8.4.6
  putBoth32(block, 80, volume.totalBlocks); // 8.4.8
  putBoth16(block, 120, 1); // 8.4.10: volumes in the set
  putBoth16(block, 124, 1); // 8.4.11: this one's number
  putBoth16(block, 128, ISO_BLOCK); // 8.4.12
  putBoth32(block, 132, volume.pathTableSize); // 8.4.13
  block.writeUInt32LE(volume.pathTableL, 140); // 8.4.14; 144: no optional copy (8.4.15)
  block.writeUInt32BE(volume.pathTableM, 148); // 8.4.16; 152: no optional copy (8.4.17)
  block.set(volume.rootRecord, ROOT_RECORD_OFFSET); // 8.4.18
  putText(block, 190, 128, volume.volumeSetId); // 8.4.19
  putText(block, 318, 128, volume.publisherId); // 8.4.20
  putText(block, 446, 128, volume.preparerId); // 8.4.21
  putText(block, 574, 128, volume.applicationId); // 8.4.22
  putText(block, 702, 111, ''); // 8.4.23 to 8.4.25: copyright, abstract, bibliographic files
  putVolumeDate(block, 813, volume.created); // 8.4.26
  putVolumeDate(block, 830, volume.modified); // 8.4.27
  putVolumeDate(block, 847, undefined); // 8.4.28: never expires
  putVolumeDate(block, 864, volume.created); // 8.4.29: effective from
  block[881] = 1; // 8.4.30: file structure version
  return block;
}

/** The volume descriptor set terminator (ECMA-119 8.3). */
export function encodeTerminator(): Buffer {
  return descriptorBlock(TYPE_TERMINATOR);
}

/** The type of a descriptor, or undefined where the block is none. */
export function descriptorType(block: Buffer): number | undefined {
  return block.toString('latin1', 1, 6) === 'CD001' ? block.readUInt8(0) : undefined;
}

export interface ParsedPrimary extends VolumeIdentifiers, VolumeDates {
  readonly totalBlocks: Block2048;
  /** Bytes; only 2,048 is supported by this reader. */
  readonly blockSize: number;
  readonly root: ParsedRecord | undefined;
}

/** Takes a primary volume descriptor apart (ECMA-119 8.4); `block` is 2,048 bytes. */
export function parsePrimary(block: Buffer): ParsedPrimary {
  return {
    systemId: getText(block, 8, 32),
    volumeId: getText(block, 40, 32),
    totalBlocks: getBoth32(block, 80),
    blockSize: getBoth16(block, 128),
    root: parseRecord(block.subarray(ROOT_RECORD_OFFSET, ROOT_RECORD_OFFSET + ROOT_RECORD_LENGTH)),
    volumeSetId: getText(block, 190, 128),
    publisherId: getText(block, 318, 128),
    preparerId: getText(block, 446, 128),
    applicationId: getText(block, 574, 128),
    created: getVolumeDate(block, 813),
    modified: getVolumeDate(block, 830),
  };
}
