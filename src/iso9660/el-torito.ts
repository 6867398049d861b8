import type { ByteString } from '../bytes.js';
import { type Block2048, ISO_BLOCK, type Sector512 } from '../units.js';
import { getText } from './text-field.js';
import { descriptorBlock, TYPE_BOOT } from './volume-descriptor.js';

/** El Torito (version 1.0): the boot record descriptor and the boot catalog it points to. */

const SYSTEM_ID = 'EL TORITO SPECIFICATION';
const ENTRY_LENGTH = 32;
const HEADER_VALIDATION = 0x01;
const HEADER_SECTION = 0x90;
const HEADER_LAST_SECTION = 0x91;
const HEADER_EXTENSION = 0x44;
const BOOTABLE = 0x88;
const NOT_BOOTABLE = 0x00;

/** Platform numbers of the validation entry and section headers (2.1, 2.3; UEFI 13.3.2.1). */
export const PLATFORMS = { bios: 0x00, powerpc: 0x01, mac: 0x02, efi: 0xef } as const;

/** The catalog is one block: 64 entries, so that sections of one image each allow 31 of them. */
export const CATALOG_SIZE = ISO_BLOCK;
export const MAX_BOOT_IMAGES = 31;

/** A boot image without emulation. */
export interface CatalogEntry {
  readonly platform: number;
  readonly lba: Block2048;
  /** What the firmware loads, in 512-byte sectors. */
  readonly loadSectors: Sector512;
}

/** The boot record volume descriptor (figure 7): system id at 7, catalog's block at 71. */
export function encodeBootRecord(catalog: Block2048): Buffer {
  const block = descriptorBlock(TYPE_BOOT);
  block.write(SYSTEM_ID, 7, 'latin1');
  block.writeUInt32LE(catalog, 71);
  return block;
}

/** The block of the catalog if this boot record descriptor is El Torito's. */
export function parseBootRecord(block: Buffer): Block2048 | undefined {
  return getText(block, 7, 32) === SYSTEM_ID ? block.readUInt32LE(71) : undefined;
}

/** The catalog (2.0): validation entry, default entry, then one section for each further image. */
export function encodeCatalog(entries: readonly [CatalogEntry, ...CatalogEntry[]]): Buffer {
  const [first, ...others] = entries;
  const catalog = Buffer.alloc(CATALOG_SIZE);
  catalog.set(validationEntry(first.platform), 0);
  catalog.set(bootEntry(first), ENTRY_LENGTH);
  others.forEach((entry, index) => {
    const offset = (2 + 2 * index) * ENTRY_LENGTH;
    catalog[offset] = index === others.length - 1 ? HEADER_LAST_SECTION : HEADER_SECTION;
    catalog[offset + 1] = entry.platform;
    catalog.writeUInt16LE(1, offset + 2); // entries in this section
    catalog.set(bootEntry(entry), offset + ENTRY_LENGTH);
  });
  return catalog;
}

/** The validation entry (2.1): its sixteen words sum to zero. */
function validationEntry(platform: number): Buffer {
  const entry = Buffer.alloc(ENTRY_LENGTH);
  entry[0] = HEADER_VALIDATION;
  entry[1] = platform;
  entry.writeUInt16LE(0xaa55, 30);
  entry.writeUInt16LE((0x10000 - wordSum(entry)) & 0xffff, 28);
  return entry;
}

/**
 * The default entry (2.2) or a section entry (2.4): media type 0 is no emulation, load segment 0
 * means the traditional 0x7c0.
 */
function bootEntry(entry: CatalogEntry): Buffer {
  const bytes = Buffer.alloc(ENTRY_LENGTH);
  bytes[0] = BOOTABLE;
  bytes.writeUInt16LE(entry.loadSectors, 6);
  bytes.writeUInt32LE(entry.lba, 8);
  return bytes;
}

function wordSum(entry: Buffer): number {
  let sum = 0;
  for (let offset = 0; offset < ENTRY_LENGTH; offset += 2) sum += entry.readUInt16LE(offset);
  return sum & 0xffff;
}

export interface ParsedCatalogEntry extends CatalogEntry {
  readonly isBootable: boolean;
  /** 0 no emulation, 1 to 3 diskettes, 4 hard disk. */
  readonly emulation: number;
  readonly loadSegment: number;
}

export interface ParsedCatalog {
  /** Who made it, from the validation entry; often empty. */
  readonly id: ByteString;
  readonly entries: readonly ParsedCatalogEntry[];
}

/** Takes a catalog's block apart, or undefined where its validation entry is wrong. */
export function parseCatalog(catalog: Buffer): ParsedCatalog | undefined {
  const validation = catalog.subarray(0, ENTRY_LENGTH);
  const isValid =
    validation.readUInt8(0) === HEADER_VALIDATION &&
    validation.readUInt16LE(30) === 0xaa55 &&
    wordSum(validation) === 0;
  if (!isValid) return undefined;
  const entries: ParsedCatalogEntry[] = [];
  let platform = validation.readUInt8(1);
  let leftInSection = 1;
  let isLastSection = false;
  for (let offset = ENTRY_LENGTH; offset < catalog.length; offset += ENTRY_LENGTH) {
    const entry = catalog.subarray(offset, offset + ENTRY_LENGTH);
    const header = entry.readUInt8(0);
    if (leftInSection > 0) {
      if (header === HEADER_EXTENSION) continue;
      if (header !== BOOTABLE && header !== NOT_BOOTABLE) break;
      entries.push(parseEntry(entry, platform));
      leftInSection--;
    } else if (!isLastSection && (header === HEADER_SECTION || header === HEADER_LAST_SECTION)) {
      isLastSection = header === HEADER_LAST_SECTION;
      platform = entry.readUInt8(1);
      leftInSection = entry.readUInt16LE(2);
    } else if (header !== HEADER_EXTENSION) {
      break;
    }
  }
  return { id: getText(validation, 4, 24), entries };
}

function parseEntry(entry: Buffer, platform: number): ParsedCatalogEntry {
  return {
    platform,
    isBootable: entry.readUInt8(0) === BOOTABLE,
    emulation: entry.readUInt8(1) & 0x0f,
    loadSegment: entry.readUInt16LE(2),
    loadSectors: entry.readUInt16LE(6),
    lba: entry.readUInt32LE(8),
  };
}
