import { readSync } from 'node:fs';
import { EXT2_BLOCK, MIB } from '../../units.js';
import type { DataRun } from '../tree.js';

const ZEROS = Buffer.alloc(MIB);

/**
 * The runs of a file that has holes: everything but its whole blocks of zeros, since Node cannot
 * ask for SEEK_HOLE. Reads all of it.
 * @param size bytes; a file that ends before gives shorter runs.
 */
export function findRuns(descriptor: number, size: number): DataRun[] {
  const runs: MutableRun[] = [];
  // Allocated once: fresh memory for every read would take longer than the read.
  const buffer = Buffer.allocUnsafeSlow(MIB);
  for (let position = 0; position < size; ) {
    const got = readSync(descriptor, buffer, 0, Math.min(MIB, size - position), position);
    if (got === 0) break;
    addRuns(runs, buffer.subarray(0, got), position);
    position += got;
  }
  return runs;
}

export interface MutableRun {
  offset: number;
  length: number;
}

/** Appends what `data` at `position` has between its 4 KiB blocks of zeros. */
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
