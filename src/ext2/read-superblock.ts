import { SnapdiscError } from '../errors.js';
import type { Block4096 } from '../units.js';
import {
  BLOCK_SIZE,
  DESCRIPTOR_SIZE,
  INODE_SIZE,
  INODES_PER_BLOCK,
  MAX_BLOCKS_PER_GROUP,
  MAX_INODES_PER_GROUP,
  MIN_BLOCKS_PER_GROUP,
  SUPERBLOCK_MAGIC,
  SUPERBLOCK_OFFSET,
  SUPERBLOCK_SIZE,
} from './constants.js';

/** What a superblock says. Blocks are 4 KiB, inodes 256 bytes: others are refused. */
export interface Superblock {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** As stored, up to the first NUL. */
  readonly label: Uint8Array;
  /** Unix seconds. */
  readonly created: number;
  readonly clean: boolean;
  readonly totalBlocks: Block4096;
  readonly freeBlocks: Block4096;
  readonly reservedBlocks: Block4096;
  readonly blocksPerGroup: Block4096;
  readonly inodeCount: number;
  readonly freeInodes: number;
  readonly inodesPerGroup: number;
  readonly groupCount: number;
  /** Names as in dumpe2fs; unknown ones as `compat_0x4`. */
  readonly features: readonly string[];
}

type FeatureWord = 'compat' | 'incompat' | 'ro_compat';

const FEATURES: Record<FeatureWord, ReadonlyMap<number, string>> = {
  compat: new Map([
    [0x0004, 'has_journal'],
    [0x0008, 'ext_attr'],
    [0x0010, 'resize_inode'],
    [0x0020, 'dir_index'],
  ]),
  incompat: new Map([
    [0x0002, 'filetype'],
    [0x0004, 'needs_recovery'],
    [0x0040, 'extent'],
    [0x0080, '64bit'],
    [0x0200, 'flex_bg'],
  ]),
  ro_compat: new Map([
    [0x0001, 'sparse_super'],
    [0x0002, 'large_file'],
    [0x0008, 'huge_file'],
    [0x0020, 'dir_nlink'],
    [0x0040, 'extra_isize'],
    [0x0400, 'metadata_csum'],
  ]),
};

/** The error for an image that is no ext2, or a broken one. */
export function notExt2(reason: string): SnapdiscError {
  return new SnapdiscError('image.ext2', `This is not a root filesystem of a live CD: ${reason}.`, {
    hint: 'Give an ISO that snapdisc built, or build it again if it was damaged.',
  });
}

/**
 * Reads the superblock from the start of an image, at least 2,048 bytes of it.
 * @throws SnapdiscError `image.ext2` when there is none or its numbers contradict each other.
 */
export function readSuperblock(start: Uint8Array): Superblock {
  const block = Buffer.from(start.buffer, start.byteOffset, start.byteLength).subarray(
    SUPERBLOCK_OFFSET,
    SUPERBLOCK_OFFSET + SUPERBLOCK_SIZE,
  );
  if (block.length < SUPERBLOCK_SIZE) throw notExt2('it is too short for a superblock');
  if (block.readUInt16LE(0x38) !== SUPERBLOCK_MAGIC) throw notExt2('it has no ext2 superblock');
  checkFormat(block);
  const totalBlocks = block.readUInt32LE(0x04);
  const blocksPerGroup = block.readUInt32LE(0x20);
  const label = block.subarray(0x78, 0x88);
  const end = label.indexOf(0);
  const superblock: Superblock = {
    uuid: Uint8Array.from(block.subarray(0x68, 0x78)),
    label: Uint8Array.from(label.subarray(0, end < 0 ? label.length : end)),
    created: block.readUInt32LE(0x108) + block.readUInt8(0x276) * 2 ** 32,
    clean: (block.readUInt16LE(0x3a) & 1) === 1,
    totalBlocks,
    freeBlocks: block.readUInt32LE(0x0c),
    reservedBlocks: block.readUInt32LE(0x08),
    blocksPerGroup,
    inodeCount: block.readUInt32LE(0x00),
    freeInodes: block.readUInt32LE(0x10),
    inodesPerGroup: block.readUInt32LE(0x28),
    groupCount: Math.ceil(totalBlocks / blocksPerGroup),
    features: [
      ...featureNames('compat', block.readUInt32LE(0x5c)),
      ...featureNames('incompat', block.readUInt32LE(0x60)),
      ...featureNames('ro_compat', block.readUInt32LE(0x64)),
    ],
  };
  checkFigures(superblock);
  return superblock;
}

function checkFormat(block: Buffer): void {
  if (block.readUInt32LE(0x4c) !== 1) throw notExt2('its revision is not 1');
  if (block.readUInt32LE(0x18) !== Math.log2(BLOCK_SIZE / 1024) || block.readUInt32LE(0x14) !== 0) {
    throw notExt2('its blocks are not 4 KiB');
  }
  if (block.readUInt16LE(0x58) !== INODE_SIZE) throw notExt2('its inodes are not 256 bytes');
}

function checkFigures(superblock: Superblock): void {
  const { totalBlocks, blocksPerGroup, inodesPerGroup, groupCount, inodeCount } = superblock;
  const wholeBytes = blocksPerGroup % 8 === 0 && blocksPerGroup >= MIN_BLOCKS_PER_GROUP;
  if (!wholeBytes || blocksPerGroup > MAX_BLOCKS_PER_GROUP) {
    throw notExt2(`${blocksPerGroup} blocks a group are impossible`);
  }
  const wholeTable = inodesPerGroup % INODES_PER_BLOCK === 0 && inodesPerGroup > 0;
  if (!wholeTable || inodesPerGroup > MAX_INODES_PER_GROUP) {
    throw notExt2(`${inodesPerGroup} inodes a group are impossible`);
  }
  const table = Math.ceil((groupCount * DESCRIPTOR_SIZE) / BLOCK_SIZE);
  if (totalBlocks < 1 + table || inodeCount !== groupCount * inodesPerGroup) {
    throw notExt2(`${totalBlocks} blocks and ${inodeCount} inodes contradict ${groupCount} groups`);
  }
  if (superblock.freeBlocks > totalBlocks || superblock.freeInodes > inodeCount) {
    throw notExt2('more is free than there is');
  }
}

function featureNames(word: FeatureWord, bits: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const mask = 2 ** bit;
    if (Math.floor(bits / mask) % 2 === 1) {
      names.push(FEATURES[word].get(mask) ?? `${word}_0x${mask.toString(16)}`);
    }
  }
  return names;
}
