import { createHash } from 'node:crypto';
import {
  type MbrPartition,
  TYPE_HIDDEN,
  type VolumeMbr,
  withPartition,
} from '../../iso9660/index.js';
import { EXT2_BLOCK, ISO_BLOCK, MIB, type Sector512 } from '../../units.js';

/** Bytes to write at a place of a drive. */
export interface Piece {
  /** Bytes. */
  readonly at: number;
  readonly data: Uint8Array;
}

/** Where a stick keeps changes: a partition behind the disc. */
export interface StoreArea {
  readonly start: Sector512;
  readonly sectors: Sector512;
}

const SECTOR = 512;
/** Stores begin where most sticks have the edge of an erase block. */
const ALIGNMENT = 4 * MIB;
/** Whole cylinders of isohybrid's geometry. */
const GRAIN = MIB;
/** As `live-persist` wants it. */
export const LEAST_STORE = 8 * MIB;
/** Where the numbers of a partition table end. */
const LAST_SECTOR: Sector512 = 2 ** 32 - 1;
/** The first partition is the disc, as isohybrid makes it. */
const STORE_NUMBER = 2;
/** As fdisk calls it, "Linux". */
const TYPE_LINUX = 0x83;

/** What is behind `imageSize` bytes of a drive with `driveSize`, or undefined where that is too little. */
export function storeArea(imageSize: number, driveSize: number): StoreArea | undefined {
  const start = Math.ceil(imageSize / ALIGNMENT) * ALIGNMENT;
  const end = Math.floor(Math.min(driveSize, LAST_SECTOR * SECTOR) / GRAIN) * GRAIN;
  if (end - start < LEAST_STORE) return undefined;
  return { start: start / SECTOR, sectors: (end - start) / SECTOR };
}

/** Whether the only partition is the one that isohybrid makes: from the first sector to the disc's end. */
export function isHybridTable({ partitions }: VolumeMbr, totalBlocks: number): boolean {
  const [disc, ...others] = partitions;
  if (disc === undefined || others.length > 0) return false;
  const { number, type, start, sectors } = disc;
  const whole = (totalBlocks * ISO_BLOCK) / SECTOR;
  return number === 1 && type === TYPE_HIDDEN && start === 0 && sectors === whole;
}

export interface NewStore {
  readonly area: StoreArea;
  /** Bytes. */
  readonly driveSize: number;
  /** Of the disc's root filesystem, 16 bytes: the store is this disc's. */
  readonly uuid: Uint8Array;
  readonly created: Date;
}

/**
 * What makes an empty store behind a disc, in the order in which it counts: nothing is left of what was
 * there, then there is a store, then a partition.
 * @param mbr the disc's first sector.
 */
export function storePieces(mbr: Uint8Array, store: NewStore): Piece[] {
  const { area, driveSize } = store;
  const at = area.start * SECTOR;
  const partition: MbrPartition = {
    number: STORE_NUMBER,
    isActive: false,
    type: TYPE_LINUX,
    ...area,
  };
  return [
    // Among it the kernel's own header, whose zeros mean an empty snapshot, and its first table.
    { at, data: Buffer.alloc(MIB) },
    // The second copy of a GPT that was there, or of a RAID's or ZFS's labels.
    { at: driveSize - MIB, data: Buffer.alloc(MIB) },
    { at, data: storeHeader(store) },
    { at: 0, data: withPartition(mbr, partition) },
  ];
}

/** The 4 KiB in front of a store, as docs/persistence.md has them. */
function storeHeader({ area, uuid, created }: NewStore): Buffer {
  const lines = [
    'snapdisc store 1',
    `disc=${Buffer.from(uuid).toString('hex')}`,
    `created=${created.toISOString().replace(/\.\d+/, '')}`,
    `sectors=${area.sectors - EXT2_BLOCK / SECTOR}`,
  ];
  const body = lines.map((line) => `${line}\n`).join('');
  const header = Buffer.alloc(EXT2_BLOCK);
  header.write(`${body}sha256=${createHash('sha256').update(body).digest('hex')}\n`);
  return header;
}
