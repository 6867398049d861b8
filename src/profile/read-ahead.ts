import type { BlockRange } from '../ext2/index.js';
import type { Inode } from '../rootfs/tree.js';

/**
 * Blocks: the kernel reads 128 KiB ahead, and while a program is in one such window already the next; around a page
 * that a program maps, half a window before it (mm/readahead.c, mm/filemap.c).
 */
const [BEFORE, AHEAD] = [16, 64];

/** Blocks of a file that lie as close come into memory together. */
export const READ_TOGETHER = BEFORE + AHEAD;

/** Blocks of a file from `first` up to `end`. */
interface Window {
  first: number;
  end: number;
}

/**
 * What comes into memory besides when these ranges are read: what the kernel reads ahead in their files. Files in the
 * order of their first access; blocks may be past a file's end. Pure.
 */
export function readAhead(ranges: readonly BlockRange[]): BlockRange[] {
  const windows = new Map<Inode, Window[]>();
  for (const { inode, firstBlock, count, isIndirect, isXattr } of ranges) {
    if (inode.kind !== 'file' || count === 0 || isIndirect || isXattr) continue;
    const ofFile = windows.get(inode) ?? [];
    windows.set(inode, ofFile);
    ofFile.push({
      first: Math.max(0, firstBlock - BEFORE),
      end: firstBlock + count + AHEAD,
    });
  }
  return [...windows].flatMap(([inode, ofFile]) =>
    united(ofFile).map(({ first, end }) => ({ inode, firstBlock: first, count: end - first })),
  );
}

/** Windows that touch, or have no more than `gap` blocks between them, as one: what else the first has is its. Pure. */
export function united<T extends Window>(windows: readonly T[], gap = 0): T[] {
  const result: T[] = [];
  for (const window of [...windows].sort((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last !== undefined && window.first <= last.end + gap)
      last.end = Math.max(last.end, window.end);
    else result.push({ ...window });
  }
  return result;
}
