import { CHECKSUMS_PATH, PACKED_ROOT_PATHS, ROOT_IMAGE_PATH } from '../build/disc-paths.js';
import type { ByteString } from '../bytes.js';
import { type ReadAt, readIso, type VolumeFile, walkVolume } from '../iso9660/index.js';
import { type Block2048, ISO_BLOCK } from '../units.js';
import type { IsoOwner, OwnedRun } from './owner.js';

/** The disc's own structures and files, and the root image, if it has one. */
export interface IsoOwners {
  /** Sectors of the volume. */
  readonly totalBlocks: Block2048;
  /** Everything but the root image. */
  readonly claims: readonly OwnedRun[];
  readonly rootImage: VolumeFile | undefined;
  /** The root image is compressed. */
  readonly isPacked: boolean;
}

/** ECMA-119 6.2.1, 6.3: the descriptors begin behind the system area. */
const FIRST_DESCRIPTOR: Block2048 = 16;
const PACKED_PATHS: readonly string[] = Object.values(PACKED_ROOT_PATHS);
const MAX_DESCRIPTORS = 64;
const TYPE_TERMINATOR = 255;

/** @throws SnapdiscError `image.*`, as `readIso` does. */
export async function isoOwners(readAt: ReadAt): Promise<IsoOwners> {
  const structures = new Set<Block2048>();
  const volume = await readIso((offset, length) => {
    for (let at = offset; at < offset + length; at += ISO_BLOCK) structures.add(at / ISO_BLOCK);
    return readAt(offset, length);
  });
  const claims: OwnedRun[] = [
    claim(0, FIRST_DESCRIPTOR, { kind: 'system-area' }),
    claim(FIRST_DESCRIPTOR, await countDescriptors(readAt), { kind: 'descriptors' }),
    ...(await pathTables(readAt)),
  ];
  if (volume.boot !== undefined)
    claims.push(claim(volume.boot.catalog, 1, { kind: 'boot-catalog' }));
  let rootImage: VolumeFile | undefined;
  let isPacked = false;
  for (const [path, node] of walkVolume(volume)) {
    if (node.kind === 'directory') {
      const owner: IsoOwner = { kind: 'iso-directory', path };
      claims.push(claim(node.extent.lba, sectorsOf(node.extent.size), owner));
    } else if (node.kind === 'file' && path === ROOT_IMAGE_PATH) {
      rootImage = node;
    } else if (node.kind === 'file') {
      isPacked ||= PACKED_PATHS.includes(path);
      claims.push(...fileClaims(path, node));
    }
  }
  // Of what the reader needed, all that is left are continuation areas, which only records point to.
  for (const lba of structures) claims.push(claim(lba, 1, { kind: 'continuation-area' }));
  return { totalBlocks: volume.totalBlocks, claims, rootImage, isPacked };
}

function claim(start: Block2048, count: Block2048, owner: IsoOwner): OwnedRun {
  return { start, count, owner, skip: 0 };
}

function sectorsOf(bytes: number): Block2048 {
  return Math.ceil(bytes / ISO_BLOCK);
}

function* fileClaims(path: ByteString, file: VolumeFile): Generator<OwnedRun> {
  let block = 0;
  for (const { lba, size } of file.extents) {
    const count = sectorsOf(size);
    const owner: IsoOwner =
      path === CHECKSUMS_PATH ? { kind: 'checksums' } : { kind: 'disc-file', path, block };
    yield claim(lba, count, owner);
    block += count;
  }
}

async function countDescriptors(readAt: ReadAt): Promise<number> {
  for (let count = 1; count < MAX_DESCRIPTORS; count++) {
    const [type] = await readAt((FIRST_DESCRIPTOR + count - 1) * ISO_BLOCK, 1);
    if (type === TYPE_TERMINATOR) return count;
  }
  return MAX_DESCRIPTORS;
}

/** The two path tables and their optional copies (ECMA-119 8.4.13 to 8.4.17), 0 for none. */
async function pathTables(readAt: ReadAt): Promise<OwnedRun[]> {
  const bytes = await readAt(FIRST_DESCRIPTOR * ISO_BLOCK, ISO_BLOCK);
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = sectorsOf(block.readUInt32LE(132));
  const tables = [
    ...[block.readUInt32LE(140), block.readUInt32LE(144)],
    ...[block.readUInt32BE(148), block.readUInt32BE(152)],
  ];
  return tables.filter((lba) => lba !== 0).map((lba) => claim(lba, count, { kind: 'path-table' }));
}
