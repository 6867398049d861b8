import type { OriginSegment } from '../ext2/index.js';
import type { Recipe } from '../recipe/recipe.js';
import { type Block2048, EXT2_BLOCK, ISO_BLOCK } from '../units.js';

/**
 * What the init must know of its disc, as two files of the initrd: `etc/live.conf` (POSIX shell
 * assignments) and `etc/origin.table`. docs/boot.md describes both.
 */
export interface LiveFacts {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** Path on the disc, without a leading slash, of the root image, or of what it is compressed in. */
  readonly rootFile: string;
  /** Path of the file that begins as the root image does: itself, or its first 2 KiB where it is compressed. */
  readonly superblockFile: string;
  /** 4 KiB blocks of the image proper, of the templates behind it, and of the filesystem. */
  readonly imageBlocks: number;
  readonly templateBlocks: number;
  readonly totalBlocks: number;
  /** 4 KiB blocks from the image's start on that hold what a boot reads. */
  readonly hotBlocks: number;
  /** Whether they are by a profile of the disc's own. */
  readonly hasProfile: boolean;
  /** Those of them that hold no file data. */
  readonly hotMetadataBlocks: number;
  readonly originSegments: readonly OriginSegment[];
}

/** Where on the disc things lie that are placed only when the initrd's size is known. */
export interface DiscPlaces {
  /** 2 KiB block at which root.img begins, or what it is compressed in. */
  readonly rootLba: Block2048;
  /** 2 KiB block of the file that the superblock is in. */
  readonly superblockLba: Block2048;
  /** Of the compressed copy of the hot blocks, right behind root.img; 0 or undefined without. */
  readonly hotCopyBytes?: number | undefined;
  /** The file of checksums: its first 2 KiB block and its bytes. */
  readonly checksums?: { readonly lba: Block2048; readonly size: number } | undefined;
}

const SECTORS_PER_BLOCK = EXT2_BLOCK / 512;

/** Digits enough for every sector of the largest ISO image, 2^32 blocks of 2 KiB. */
const PLACE_DIGITS = 11;

/**
 * `etc/live.conf`. Its length does not depend on `places`: the initrd lies before them on the disc,
 * so its size must be known before they are.
 */
export function liveConf(recipe: Recipe, facts: LiveFacts, places: DiscPlaces): string {
  const place = (value: number) => String(value).padEnd(PLACE_DIGITS);
  const { rootLba, superblockLba, hotCopyBytes = 0, checksums } = places;
  const sector = (lba: Block2048) => place((lba * ISO_BLOCK) / 512);
  const lines = [
    `UUID=${Buffer.from(facts.uuid).toString('hex')}`,
    // The recipe allows no quotes in a label.
    `LABEL='${recipe.label}'`,
    `ROOT_FILE=${facts.rootFile}`,
    `ROOT_SECTOR=${sector(rootLba)}`,
    `COMPRESSION=${recipe.compress}`,
    `SUPERBLOCK_FILE=${facts.superblockFile}`,
    `SUPERBLOCK_SECTOR=${sector(superblockLba)}`,
    `IMAGE_SECTORS=${facts.imageBlocks * SECTORS_PER_BLOCK}`,
    `TEMPLATE_SECTORS=${facts.templateBlocks * SECTORS_PER_BLOCK}`,
    `HOT_SECTORS=${facts.hotBlocks * SECTORS_PER_BLOCK}`,
    `OWN_PROFILE=${facts.hasProfile ? 'yes' : 'no'}`,
    `HOT_COPY_SECTORS=${place(Math.ceil(hotCopyBytes / EXT2_BLOCK) * SECTORS_PER_BLOCK)}`,
    `METADATA_SECTORS=${facts.hotMetadataBlocks * SECTORS_PER_BLOCK}`,
    `FS_SECTORS=${facts.totalBlocks * SECTORS_PER_BLOCK}`,
    `CHECKSUMS_BLOCK=${place(checksums?.lba ?? 0)}`,
    `CHECKSUMS_BYTES=${place(checksums?.size ?? 0)}`,
    `ORIGIN=${recipe.origin ?? (recipe.compress === 'none' ? 'direct' : 'loop')}`,
    `COW=${recipe.cow}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `etc/origin.table`: a line `START COUNT KIND AT` for each segment, in 512-byte sectors. */
export function originTable(segments: readonly OriginSegment[]): string {
  const lines = segments.map((segment) => {
    const at = segment.kind === 'zero' ? 0 : segment.at;
    const [start, count, from] = [segment.start, segment.count, at].map(
      (blocks) => blocks * SECTORS_PER_BLOCK,
    );
    return `${start} ${count} ${segment.kind} ${from}\n`;
  });
  return lines.join('');
}
