import { byteString } from '../bytes.js';
import type { Xattr } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { BLOCK_SIZE } from './constants.js';
import {
  compareXattrs,
  type StoredXattr,
  toStoredXattr,
  XattrProblem,
  xattrBlockSize,
} from './xattr.js';

/** EXT4_XATTR_REFCOUNT_MAX: how many inodes may share an xattr block. */
export const MAX_REFERENCES = 1024;

/** A block of xattrs and how many inodes have it. */
export interface XattrBlock {
  readonly xattrs: readonly StoredXattr[];
  references: number;
  /** Its place among the content blocks, once it has one. */
  position: Block4096 | undefined;
}

interface SharedSet {
  readonly xattrs: readonly StoredXattr[];
  /** The block that still takes references. */
  open: XattrBlock;
}

/** Why a set cannot be stored: a code for the caller's error and a part of a sentence. */
export interface XattrFailure {
  readonly code: 'source.xattr-too-large' | 'source.xattr-unsupported';
  readonly message: string;
}

/** Gives inodes with equal xattrs the same block. */
export class XattrSharing {
  /** All blocks, in order of first use. */
  readonly blocks: XattrBlock[] = [];
  readonly #sets = new Map<string, SharedSet>();
  /** Sources tend to hand out one array for many inodes; that spares building the key again. */
  readonly #known = new Map<readonly Xattr[], SharedSet>();

  /** The block for an inode's xattrs; undefined where there is nothing to store. */
  blockFor(xattrs: readonly Xattr[]): XattrBlock | XattrFailure | undefined {
    if (xattrs.length === 0) return undefined;
    let set = this.#known.get(xattrs);
    if (set === undefined) {
      const found = this.#setFor(xattrs);
      if (found === undefined || 'code' in found) return found;
      set = found;
      this.#known.set(xattrs, set);
    }
    if (set.open.references === MAX_REFERENCES) set.open = this.#newBlock(set.xattrs);
    set.open.references++;
    return set.open;
  }

  #setFor(xattrs: readonly Xattr[]): SharedSet | XattrFailure | undefined {
    const stored: StoredXattr[] = [];
    for (const xattr of xattrs) {
      const one = toStoredXattr(xattr);
      if (one instanceof XattrProblem) {
        return { code: 'source.xattr-unsupported', message: one.message };
      }
      if (one !== undefined) stored.push(one);
    }
    if (stored.length === 0) return undefined;
    stored.sort(compareXattrs);
    const size = xattrBlockSize(stored);
    if (size > BLOCK_SIZE) {
      const message = `its extended attributes need ${size} bytes and ext2 has room for ${BLOCK_SIZE}`;
      return { code: 'source.xattr-too-large', message };
    }
    const key = stored.map(xattrKey).join('');
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = { xattrs: stored, open: this.#newBlock(stored) };
      this.#sets.set(key, set);
    }
    return set;
  }

  #newBlock(xattrs: readonly StoredXattr[]): XattrBlock {
    const block: XattrBlock = { xattrs, references: 0, position: undefined };
    this.blocks.push(block);
    return block;
  }
}

function xattrKey({ index, name, value }: StoredXattr): string {
  return `${index}:${name.length}:${value.length}:${name}${byteString(value)}`;
}
