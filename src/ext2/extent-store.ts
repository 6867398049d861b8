import type { Block4096 } from '../units.js';

/** Consecutive blocks of a file that lie one after the other. */
export interface Extent {
  readonly fileBlock: Block4096;
  /** Where the first of them is; the store's user says in which numbering. */
  readonly at: Block4096;
  readonly count: Block4096;
}

/** An empty list of extents. */
export const NO_EXTENTS = 0;

const WORDS = 4;

/**
 * Many short lists of extents in one typed array: 16 bytes an extent, where objects would cost some
 * hundred megabytes for a big tree. A list is a number, the index of its newest extent.
 */
export class ExtentStore {
  #words = new Uint32Array(1024 * WORDS);
  /** Index 0 stands for the empty list. */
  #used = 1;

  /** Adds to `list` and gives the list's new number. Extents that continue the newest are merged. */
  append(list: number, fileBlock: Block4096, at: Block4096, count: Block4096): number {
    if (list !== NO_EXTENTS && this.#extend(list, fileBlock, at, count)) return list;
    return this.push(list, fileBlock, at, count);
  }

  /** Adds to `list` as `append` does, but never merges. */
  push(list: number, fileBlock: Block4096, at: Block4096, count: Block4096): number {
    if (this.#used * WORDS === this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set([fileBlock, at, count, list], this.#used * WORDS);
    return this.#used++;
  }

  /** The extents of `list` in the order of their file blocks. */
  read(list: number): Extent[] {
    const extents: Extent[] = [];
    let sorted = true;
    for (let index = list; index !== NO_EXTENTS; index = this.#word(index, 3)) {
      const fileBlock = this.#word(index, 0);
      const newer = extents.at(-1);
      if (newer !== undefined && newer.fileBlock < fileBlock) sorted = false;
      extents.push({ fileBlock, at: this.#word(index, 1), count: this.#word(index, 2) });
    }
    extents.reverse();
    return sorted ? extents : extents.sort((a, b) => a.fileBlock - b.fileBlock);
  }

  #extend(list: number, fileBlock: Block4096, at: Block4096, count: Block4096): boolean {
    const before = this.#word(list, 2);
    if (this.#word(list, 0) + before !== fileBlock || this.#word(list, 1) + before !== at) {
      return false;
    }
    this.#words[list * WORDS + 2] = before + count;
    return true;
  }

  #word(index: number, word: number): number {
    return this.#words[index * WORDS + word] ?? 0;
  }
}
