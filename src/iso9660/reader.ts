import { SnapdiscError } from '../errors.js';
import { type Block2048, ISO_BLOCK } from '../units.js';
import { BlockReader, corruptImage, type ReadAt, unsupportedImage } from './block-reader.js';
import { CATALOG_SIZE, parseBootRecord, parseCatalog } from './el-torito.js';
import { parseMbr } from './mbr.js';
import { ReadBudget, type ReadLimits } from './read-budget.js';
import { readTree } from './tree-reader.js';
import type { IsoVolume, VolumeBoot, VolumeFile, VolumeMbr } from './volume.js';
import {
  descriptorType,
  FIRST_DESCRIPTOR,
  type ParsedPrimary,
  parsePrimary,
  TYPE_BOOT,
  TYPE_PRIMARY,
  TYPE_TERMINATOR,
} from './volume-descriptor.js';

/** Honest discs have three to five descriptors. */
const MAX_DESCRIPTORS = 64;
const READ_SIZE = 128 * ISO_BLOCK;
const SECTORS_PER_BLOCK = 4;

/**
 * Reads an ISO 9660 volume: descriptors, MBR, boot catalog and the whole tree. Images are untrusted:
 * every address and length is checked, directories that contain each other and trees beyond
 * `limits` are refused. Joliet trees are not looked at.
 * @throws SnapdiscError `image.not-iso`, `image.truncated`, `image.corrupt`, `image.loop`,
 *   `image.unsupported` or `image.too-large`
 */
export async function readIso(readAt: ReadAt, limits: ReadLimits = {}): Promise<IsoVolume> {
  const reader = new BlockReader(readAt);
  const { primary, catalog } = await readDescriptors(reader);
  const { root: rootRecord, blockSize, ...volume } = primary;
  if (blockSize !== ISO_BLOCK) {
    throw unsupportedImage(`its logical blocks have ${blockSize} bytes, not ${ISO_BLOCK}.`);
  }
  if (rootRecord === undefined) throw corruptImage('it has no root directory.');
  reader.confineTo(volume.totalBlocks);
  const boot = catalog === undefined ? undefined : await readBoot(reader, catalog);
  const mbr = readMbr(await reader.block(0), boot);
  const tree = await readTree(reader, new ReadBudget(limits), rootRecord.extent);
  return { ...volume, ...tree, boot, mbr };
}

/**
 * The data of a file, in pieces of at most 256 KiB.
 * @throws SnapdiscError `image.truncated`
 */
export async function* readFileData(readAt: ReadAt, file: VolumeFile): AsyncGenerator<Uint8Array> {
  for (const extent of file.extents) {
    const start = extent.lba * ISO_BLOCK;
    for (let done = 0; done < extent.size; done += READ_SIZE) {
      const length = Math.min(READ_SIZE, extent.size - done);
      const data = await readAt(start + done, length);
      if (data.length < length) {
        throw new SnapdiscError('image.truncated', 'The image ends in the middle of a file.', {
          hint: 'The download or copy is incomplete: make it again.',
        });
      }
      yield data;
    }
  }
}

interface Descriptors {
  readonly primary: ParsedPrimary;
  readonly catalog: Block2048 | undefined;
}

async function readDescriptors(reader: BlockReader): Promise<Descriptors> {
  let primary: ParsedPrimary | undefined;
  let catalog: Block2048 | undefined;
  for (let index = 0; index < MAX_DESCRIPTORS; index++) {
    const block = await readDescriptor(reader, FIRST_DESCRIPTOR + index, index === 0);
    const type = descriptorType(block);
    if (type === undefined && index === 0) throw notIso();
    if (type === undefined) throw corruptImage('its volume descriptors do not end.');
    if (type === TYPE_PRIMARY) primary ??= parsePrimary(block);
    if (type === TYPE_BOOT) catalog ??= parseBootRecord(block);
    if (type !== TYPE_TERMINATOR) continue;
    if (primary === undefined) throw corruptImage('it has no primary volume descriptor.');
    return { primary, catalog };
  }
  throw corruptImage('its volume descriptors do not end.');
}

async function readDescriptor(reader: BlockReader, lba: Block2048, isFirst: boolean) {
  try {
    return await reader.block(lba);
  } catch (error) {
    const isShort = error instanceof SnapdiscError && error.code === 'image.truncated';
    throw isFirst && isShort ? notIso() : error;
  }
}

function notIso(): SnapdiscError {
  return new SnapdiscError('image.not-iso', 'This is no ISO 9660 image: block 16 has no CD001.', {
    hint: 'Name an .iso file or an optical drive with a data disc in it.',
  });
}

async function readBoot(reader: BlockReader, catalog: Block2048): Promise<VolumeBoot> {
  const parsed = parseCatalog(await reader.blocks(catalog, CATALOG_SIZE / ISO_BLOCK));
  if (parsed === undefined)
    throw corruptImage(`its boot catalog at block ${catalog} is not valid.`);
  return { catalog, entries: parsed.entries };
}

function readMbr(block: Buffer, boot: VolumeBoot | undefined): VolumeMbr | undefined {
  const mbr = parseMbr(block);
  if (mbr === undefined) return undefined;
  const sectors = boot?.entries.map(({ lba }) => BigInt(lba * SECTORS_PER_BLOCK)) ?? [];
  const grubOffset = BigInt(SECTORS_PER_BLOCK);
  const loadsBootImage = sectors.some(
    (sector) => mbr.loaderSector === sector || mbr.loaderSector === sector + grubOffset,
  );
  return { ...mbr, loadsBootImage };
}
