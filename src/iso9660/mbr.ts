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
export const TYPE_HIDDEN = 0x17;

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
  const partition = { number: 1, isActive: true, type: TYPE_HIDDEN, start: 0, sectors };
  bytes.set(encodePartition(partition), PARTITION_TABLE);
  bytes.writeUInt16LE(0xaa55, SIGNATURE_OFFSET);
  return bytes;
}

/** A copy of a master boot record in which one partition is this; all else stays as it is. */
export function withPartition(mbr: Uint8Array, partition: MbrPartition): Buffer {
  const bytes = Buffer.from(mbr);
  const entry = PARTITION_TABLE + (partition.number - 1) * PARTITION_LENGTH;
  bytes.set(encodePartition(partition), entry);
  return bytes;
}

/** 16 bytes of the partition table. */
function encodePartition({ isActive, type, start, sectors }: MbrPartition): Buffer {
  const entry = Buffer.alloc(PARTITION_LENGTH);
  entry[0] = isActive ? ACTIVE : 0;
  entry.set(cylinderHeadSector(start), 1);
  entry[4] = type;
  entry.set(cylinderHeadSector(start + sectors - 1), 5);
  entry.writeUInt32LE(start, 8);
  entry.writeUInt32LE(sectors, 12);
  return entry;
}

/** Head, sector (from 1) and cylinder; beyond the last cylinder the last place that can be named. */
function cylinderHeadSector(at: Sector512): readonly number[] {
  const cylinder = Math.floor(at / CYLINDER_SECTORS);
  const rest = at % CYLINDER_SECTORS;
  const isBeyond = cylinder >= MAX_CYLINDERS;
  const named = isBeyond ? MAX_CYLINDERS - 1 : cylinder;
  const head = isBeyond ? HEADS - 1 : Math.floor(rest / SECTORS_PER_TRACK);
  const sector = isBeyond ? SECTORS_PER_TRACK : (rest % SECTORS_PER_TRACK) + 1;
  // Bits 8 and 9 of the cylinder lie above the sector.
  return [head, sector | ((named >> 2) & 0xc0), named & 0xff];
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
