import { EXT2_BLOCK, MIB } from '../../units.js';
import { readFully } from '../read-fully.js';
import type { DataRun } from '../tree.js';

const ZEROS = Buffer.alloc(MIB);

/**
 * The runs of a file that has holes: everything but its whole blocks of zeros, since Node cannot
 * ask for SEEK_HOLE. Reads all of it.
 * @param size bytes; a file that ends before gives shorter runs.
 */
export function findRuns(descriptor: number, size: number): DataRun[] {
  const runs: MutableRun[] = [];
  for (let position = 0; position < size; position += MIB) {
    const data = readFully(descriptor, position, Math.min(MIB, size - position));
    addRuns(runs, data, position);
    if (data.length === 0) break;
  }
  return runs;
}

export interface MutableRun {
  offset: number;
  length: number;
}

/** Appends what `data` at `position` (a multiple of 4 KiB) has between its blocks of zeros. */
export function addRuns(runs: MutableRun[], data: Buffer, position: number): void {
  if (isZero(data)) return;
  for (let at = 0; at < data.length; at += EXT2_BLOCK) {
    const block = data.subarray(at, at + EXT2_BLOCK);
    if (isZero(block)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.length === position + at) {
      last.length += block.length;
    } else {
      runs.push({ offset: position + at, length: block.length });
    }
  }
}

/** One memcmp is several times faster than a loop over the bytes. */
function isZero(data: Buffer): boolean {
  return data.compare(ZEROS, 0, data.length) === 0;
}
