import {
  HOT_COPY_PATH,
  PACKED_ROOT_PATHS,
  ROOT_IMAGE_PATH,
  SUPERBLOCK_PATH,
  TARGET_PATH,
} from '../build/disc-paths.js';
import { formatUuid } from '../build/identity.js';
import { printable } from '../bytes.js';
import { readSuperblock, type Superblock } from '../ext2/read-superblock.js';
import {
  type IsoVolume,
  type ReadAt,
  readIso,
  type VolumeFile,
  type VolumeNode,
  walkVolume,
} from '../iso9660/index.js';
import { PACKED_FORMATS, type PackedFormat } from '../packed-root/formats.js';
import { targetWords } from '../recipe/target.js';
import { ISO_BLOCK } from '../units.js';
import { readTarget } from './target-machine.js';

/**
 * What `snapdisc inspect` tells, as JSON keeps it: null, never undefined. Names and identifiers are made
 * printable.
 */
export interface Inspection {
  readonly volume: {
    readonly label: string;
    readonly systemId: string;
    readonly publisher: string;
    readonly preparer: string;
    readonly applicationId: string;
    readonly volumeSetId: string;
    /** ISO 8601, UTC. */
    readonly created: string | null;
    /** 2 KiB blocks. */
    readonly blocks: number;
    readonly rockRidge: boolean;
  };
  /** What it was made for, by the keys of a recipe; null where it does not tell. */
  readonly target: Readonly<Record<string, string>> | null;
  readonly boot: readonly InspectedBootEntry[];
  /** Null where the first sector is no MBR. */
  readonly hybrid: InspectedHybrid | null;
  readonly files: readonly InspectedFile[];
  /** Of root.img; null where there is none. */
  readonly rootFilesystem: InspectedExt2 | null;
}

export interface InspectedBootEntry {
  /** The file it starts, if it is one. */
  readonly path: string | null;
  /** 2 KiB block. */
  readonly block: number;
  readonly bootable: boolean;
}

export interface InspectedHybrid {
  /** The disc also starts from a stick. */
  readonly bootable: boolean;
  readonly diskId: string;
  /** 512-byte sectors. */
  readonly partitions: readonly { number: number; start: number; sectors: number }[];
}

export interface InspectedFile {
  readonly path: string;
  readonly kind: VolumeNode['kind'];
  /** Bytes. */
  readonly size?: number;
  /** `block` in 2 KiB blocks, `size` in bytes. */
  readonly extents?: readonly { block: number; size: number }[];
  readonly target?: string;
}

export interface InspectedExt2 {
  /** The image, or what it is compressed in. */
  readonly path: string;
  readonly compression: PackedFormat | null;
  /** What has the part that a boot reads once more, compressed; null where nothing has. */
  readonly hotCopy: string | null;
  readonly uuid: string;
  readonly label: string;
  readonly clean: boolean;
  /** 4 KiB blocks, headroom included. */
  readonly blocks: number;
  readonly freeBlocks: number;
  /** Null where they are compressed. */
  readonly storedBlocks: number | null;
  readonly groups: number;
  readonly inodes: number;
  readonly freeInodes: number;
  readonly features: readonly string[];
}

/** Superblock and what comes before it. */
const SUPERBLOCK_BYTES = 2048;
const EXT2_BLOCK = 4096;

/**
 * Reads what there is to tell about a disc image.
 * @throws SnapdiscError `image.*`
 */
export async function inspectImage(readAt: ReadAt): Promise<Inspection> {
  const volume = await readIso(readAt);
  const nodes = [...walkVolume(volume)].filter(([path]) => path !== '');
  const target = fileAt(nodes, TARGET_PATH);
  return {
    volume: volumeFacts(volume),
    target: target === undefined ? null : targetWords(await readTarget(readAt, target)),
    boot: bootFacts(volume, nodes),
    hybrid: hybridFacts(volume),
    files: nodes.map(([path, node]) => fileFacts(path, node)),
    rootFilesystem: await rootFacts(readAt, nodes),
  };
}

function volumeFacts(volume: IsoVolume): Inspection['volume'] {
  const { created } = volume;
  return {
    label: printable(volume.volumeId),
    systemId: printable(volume.systemId),
    publisher: printable(volume.publisherId),
    preparer: printable(volume.preparerId),
    applicationId: printable(volume.applicationId),
    volumeSetId: printable(volume.volumeSetId),
    created: created === undefined ? null : new Date(created.seconds * 1000).toISOString(),
    blocks: volume.totalBlocks,
    rockRidge: volume.hasRockRidge,
  };
}

function bootFacts(
  volume: IsoVolume,
  nodes: readonly (readonly [string, VolumeNode])[],
): InspectedBootEntry[] {
  return (volume.boot?.entries ?? []).map(({ lba, isBootable }) => {
    const file = nodes.find(([, node]) => node.kind === 'file' && node.extents[0]?.lba === lba);
    return {
      path: file === undefined ? null : printable(file[0]),
      block: lba,
      bootable: isBootable,
    };
  });
}

function hybridFacts({ mbr }: IsoVolume): InspectedHybrid | null {
  if (mbr === undefined) return null;
  return {
    bootable: mbr.loadsBootImage,
    diskId: mbr.diskId.toString(16).padStart(8, '0'),
    partitions: mbr.partitions.map(({ number, start, sectors }) => ({ number, start, sectors })),
  };
}

function fileFacts(path: string, node: VolumeNode): InspectedFile {
  const common = { path: printable(path), kind: node.kind };
  if (node.kind === 'symlink') return { ...common, target: printable(node.target) };
  if (node.kind !== 'file') return common;
  const extents = node.extents.map(({ lba, size }) => ({ block: lba, size }));
  return { ...common, size: node.size, extents };
}

function fileAt(
  nodes: readonly (readonly [string, VolumeNode])[],
  path: string,
): VolumeFile | undefined {
  const node = nodes.find(([name]) => name === path)?.[1];
  return node?.kind === 'file' ? node : undefined;
}

/** A compressed image has its superblock beside it. */
async function rootFacts(
  readAt: ReadAt,
  nodes: readonly (readonly [string, VolumeNode])[],
): Promise<InspectedExt2 | null> {
  const compression =
    PACKED_FORMATS.find((format) => fileAt(nodes, PACKED_ROOT_PATHS[format]) !== undefined) ?? null;
  const path = compression === null ? ROOT_IMAGE_PATH : PACKED_ROOT_PATHS[compression];
  const file = fileAt(nodes, compression === null ? path : SUPERBLOCK_PATH);
  if (file === undefined) return null;
  const storedBlocks = compression === null ? Math.floor(file.size / EXT2_BLOCK) : null;
  const hotCopy = fileAt(nodes, HOT_COPY_PATH) === undefined ? null : HOT_COPY_PATH;
  return { path, compression, storedBlocks, hotCopy, ...(await ext2Facts(readAt, file)) };
}

async function ext2Facts(
  readAt: ReadAt,
  file: VolumeFile,
): Promise<Omit<InspectedExt2, 'path' | 'compression' | 'storedBlocks' | 'hotCopy'>> {
  const start = (file.extents[0]?.lba ?? 0) * ISO_BLOCK;
  const superblock: Superblock = readSuperblock(
    await readAt(start, Math.min(SUPERBLOCK_BYTES, file.size)),
  );
  return {
    uuid: formatUuid(superblock.uuid),
    label: printable(Buffer.from(superblock.label).toString('latin1')),
    clean: superblock.clean,
    blocks: superblock.totalBlocks,
    freeBlocks: superblock.freeBlocks,
    groups: superblock.groupCount,
    inodes: superblock.inodeCount,
    freeInodes: superblock.freeInodes,
    features: superblock.features,
  };
}
