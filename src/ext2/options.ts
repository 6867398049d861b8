import { SnapdiscError } from '../errors.js';
import type { BlockRange } from './placement.js';

export interface Ext2Options {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** 16 bytes: s_hash_seed. */
  readonly hashSeed: Uint8Array;
  /** At most 16 bytes in UTF-8. */
  readonly label: string;
  /** Unix seconds, for the superblock's times and for a lost+found that the tree lacks. */
  readonly created: number;
  /** Free bytes that the filesystem must have at least; 0 for an exact fit. */
  readonly headroomBytes: number;
  /**
   * What a boot is known to read, in the order of its reads: it lies together at the start of the
   * image, with the directories, inodes and indirect blocks that lead to it.
   */
  readonly hot?: readonly BlockRange[];
  /** What lies next, in this order. Everything else follows in tree order. */
  readonly placement?: readonly BlockRange[];
}

/** @throws SnapdiscError `usage.label`, `usage.headroom`; RangeError for what only a bug gets wrong. */
export function checkOptions(options: Ext2Options): void {
  const { uuid, hashSeed, label, created, headroomBytes } = options;
  if (uuid.length !== 16 || hashSeed.length !== 16) {
    throw new RangeError('uuid and hash seed have 16 bytes');
  }
  if (!Number.isSafeInteger(created) || created < 0 || created >= 2 ** 40) {
    throw new RangeError('the creation time has 40 bits');
  }
  if (Buffer.byteLength(label) > 16 || label.includes('\0')) {
    throw new SnapdiscError('usage.label', `The label "${label}" does not fit in 16 bytes.`, {
      hint: 'Choose a shorter label.',
    });
  }
  if (!Number.isSafeInteger(headroomBytes) || headroomBytes < 0) {
    throw new SnapdiscError('usage.headroom', `${headroomBytes} bytes cannot be the headroom.`, {
      hint: 'Give a whole number of bytes, 0 or more.',
    });
  }
}
