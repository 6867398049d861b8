import type { ByteString } from '../bytes.js';
import type { Block2048, Block4096 } from '../units.js';

/**
 * What a run of sectors is for. Paths of the disc and of the root filesystem have no leading slash; of the
 * names of a hard link, the first in the order of `walk` counts.
 */
export type Owner = IsoOwner | RootOwner | { readonly kind: 'free' };

/** What belongs to the ISO 9660 filesystem. */
export type IsoOwner =
  | { readonly kind: 'system-area' | 'descriptors' | 'path-table' | 'boot-catalog' }
  | { readonly kind: 'iso-directory'; readonly path: ByteString }
  /** What did not fit in the records of a directory (SUSP 5.1). */
  | { readonly kind: 'continuation-area' }
  | { readonly kind: 'checksums' }
  /** Any other file; `block` is the run's first of the file's 2 KiB blocks. */
  | { readonly kind: 'disc-file'; readonly path: ByteString; readonly block: Block2048 };

/** What belongs to the ext2 filesystem in root.img. */
export type RootOwner =
  | {
      readonly kind: 'superblock' | 'group-descriptors' | 'block-bitmap' | 'inode-bitmap';
      readonly group: number;
    }
  /** An inode table; `first` is the run's first inode. */
  | { readonly kind: 'inode-table'; readonly first: number }
  | { readonly kind: 'templates' }
  /** Contents of a file, entries of a directory, the target of a long symlink: `block` of it. */
  | {
      readonly kind: 'data' | 'directory' | 'symlink';
      readonly path: ByteString;
      readonly block: Block4096;
    }
  /** An indirect block; `block` is the first block of the file that it leads to. */
  | {
      readonly kind: 'indirect';
      readonly path: ByteString;
      readonly level: 1 | 2 | 3;
      readonly block: Block4096;
    }
  /** The xattrs of one or more inodes, of which `path` is the first. */
  | { readonly kind: 'xattr'; readonly path: ByteString };

/** Sectors of the disc, 2 KiB each, of one owner. */
export interface OwnedRun {
  readonly start: Block2048;
  readonly count: Block2048;
  readonly owner: Owner;
  /** Sectors of the owner's run that come before `start`. */
  readonly skip: Block2048;
}
