import type { DataRun } from '../rootfs/tree.js';
import { BLOCK_SIZE } from './constants.js';
import type { Interval } from './interval-set.js';

/**
 * The file blocks that hold stored bytes, from a file's runs: ascending, disjoint, not touching.
 * Two runs that meet in one block give one interval.
 */
export function storedFileBlocks(runs: readonly DataRun[]): Interval[] {
  const blocks: { start: number; end: number }[] = [];
  for (const { offset, length } of runs) {
    const start = Math.floor(offset / BLOCK_SIZE);
    const end = Math.ceil((offset + length) / BLOCK_SIZE);
    const last = blocks.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else blocks.push({ start, end });
  }
  return blocks;
}

/** Whether runs are whole numbers, ascending, not overlapping and inside the file's `size` bytes. */
export function runsAreValid(runs: readonly DataRun[], size: number): boolean {
  let end = 0;
  for (const { offset, length } of runs) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return false;
    if (offset < end || length <= 0 || offset + length > size) return false;
    end = offset + length;
  }
  return true;
}
