import type { OriginSegment } from '../ext2/index.js';
import type { Recipe } from '../recipe/recipe.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';

/**
 * What the init must know of its disc, as two files of the initrd: `etc/live.conf` (POSIX shell
 * assignments) and `etc/origin.table`. docs/boot.md describes both.
 */
export interface LiveFacts {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** Path of the root image on the disc, without a leading slash. */
  readonly rootFile: string;
  /** 4 KiB blocks of the image proper, of the templates behind it, and of the filesystem. */
  readonly imageBlocks: number;
  readonly templateBlocks: number;
  readonly totalBlocks: number;
  readonly originSegments: readonly OriginSegment[];
}

const SECTORS_PER_BLOCK = EXT2_BLOCK / 512;

/** Digits enough for every sector of the largest ISO image, 2^32 blocks of 2 KiB. */
const SECTOR_DIGITS = 11;

/**
 * `etc/live.conf`. Its length does not depend on `rootLba`: the initrd lies before root.img on the
 * disc, so its size must be known before root.img's place is.
 * @param rootLba 2 KiB block of the disc at which root.img begins.
 */
export function liveConf(recipe: Recipe, facts: LiveFacts, rootLba: number): string {
  const rootSector = String((rootLba * ISO_BLOCK) / 512).padEnd(SECTOR_DIGITS);
  const lines = [
    `UUID=${Buffer.from(facts.uuid).toString('hex')}`,
    // The recipe allows no quotes in a label.
    `LABEL='${recipe.label}'`,
    `ROOT_FILE=${facts.rootFile}`,
    `ROOT_SECTOR=${rootSector}`,
    `IMAGE_SECTORS=${facts.imageBlocks * SECTORS_PER_BLOCK}`,
    `TEMPLATE_SECTORS=${facts.templateBlocks * SECTORS_PER_BLOCK}`,
    `FS_SECTORS=${facts.totalBlocks * SECTORS_PER_BLOCK}`,
    `ORIGIN=${recipe.origin}`,
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
