import { type Block2048, ISO_BLOCK, type Sector512 } from '../units.js';

/**
 * The master boot record of an isohybrid image: the same bytes boot from an optical drive and,
 * copied to a stick, from a disk (SYSLINUX: utils/isohybrid.c and mbr/isohdp.S).
 */

/** Boot code before the fields that are filled in; isohdpfx.bin has just this size. */
export const MBR_CODE_SIZE = 432;
const MBR_SIZE = 512;
const SECTORS_PER_BLOCK = 4;

/** The geometry isohybrid uses: a cylinder is 1 MiB, and the image is whole cylinders. */
const HEADS = 64;
const SECTORS_PER_TRACK = 32;
const CYLINDER_SECTORS = HEADS * SECTORS_PER_TRACK;
const MAX_CYLINDERS = 1024;
export const HYBRID_ALIGNMENT: Block2048 = (CYLINDER_SECTORS * 512) / ISO_BLOCK;

const PARTITION_TABLE = 446;
const PARTITION_LENGTH = 16;
const SIGNATURE_OFFSET = 510;
const ACTIVE = 0x80;
/** isohybrid's default: a type nothing mounts by itself ("hidden NTFS"). */
const TYPE_HIDDEN = 0x17;

export interface HybridMbr {
  /** At most 432 bytes: SYSLINUX's isohdpfx.bin. */
  readonly template: Uint8Array;
  /** 32 bits that tell disks apart. */
  readonly diskId: number;
  /** Where ISOLINUX lies. */
  readonly loader: Block2048;
  /** A multiple of 512. */
  readonly totalBlocks: Block2048;
}

/** The 512 bytes of the master boot record. */
export function encodeMbr(mbr: HybridMbr): Buffer {
  const bytes = Buffer.alloc(MBR_SIZE);
  bytes.set(mbr.template);
  bytes.writeBigUInt64LE(BigInt(mbr.loader) * BigInt(SECTORS_PER_BLOCK), 432);
  bytes.writeUInt32LE(mbr.diskId, 440);
  const sectors = mbr.totalBlocks * SECTORS_PER_BLOCK;
  bytes.set(partitionEntry(sectors), PARTITION_TABLE);
  bytes.writeUInt16LE(0xaa55, SIGNATURE_OFFSET);
  return bytes;
}

/** One active partition from sector 0 to the end: 16 bytes. */
function partitionEntry(sectors: Sector512): Buffer {
  const cylinders = Math.min(Math.ceil(sectors / CYLINDER_SECTORS), MAX_CYLINDERS);
  const lastCylinder = cylinders - 1;
  const entry = Buffer.alloc(PARTITION_LENGTH);
  entry[0] = ACTIVE;
  entry.set([0, 1, 0], 1); // first head, sector (from 1), cylinder
  entry[4] = TYPE_HIDDEN;
  entry[5] = HEADS - 1;
  entry[6] = SECTORS_PER_TRACK | ((lastCylinder >> 2) & 0xc0); // cylinder bits 8 and 9 on top
  entry[7] = lastCylinder & 0xff;
  entry.writeUInt32LE(0, 8); // first sector
  entry.writeUInt32LE(sectors, 12);
  return entry;
}

export interface MbrPartition {
  /** 1 to 4. */
  readonly number: number;
  readonly isActive: boolean;
  readonly type: number;
  readonly start: Sector512;
  readonly sectors: Sector512;
}

export interface ParsedMbr {
  readonly diskId: number;
  /** Partition entries in use. */
  readonly partitions: readonly MbrPartition[];
  /** The sector that an isohybrid MBR loads ISOLINUX from; meaningless in other MBRs. */
  readonly loaderSector: bigint;
}

/** Takes a disk's first sector apart, or undefined where it is no MBR. */
export function parseMbr(bytes: Buffer): ParsedMbr | undefined {
  if (bytes.length < MBR_SIZE || bytes.readUInt16LE(SIGNATURE_OFFSET) !== 0xaa55) return undefined;
  const partitions = [1, 2, 3, 4].map((number): MbrPartition => {
    const offset = PARTITION_TABLE + (number - 1) * PARTITION_LENGTH;
    return {
      number,
      isActive: bytes.readUInt8(offset) === ACTIVE,
      type: bytes.readUInt8(offset + 4),
      start: bytes.readUInt32LE(offset + 8),
      sectors: bytes.readUInt32LE(offset + 12),
    };
  });
  return {
    diskId: bytes.readUInt32LE(440),
    partitions: partitions.filter(({ type, sectors }) => type !== 0 || sectors !== 0),
    loaderSector: bytes.readBigUInt64LE(432),
  };
}
