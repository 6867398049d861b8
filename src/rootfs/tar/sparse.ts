import type { DataRun } from '../tree.js';
import { corrupt } from './corrupt.js';
import { parseDecimal, parseNumberField } from './number.js';
import type { PaxAttributes } from './pax.js';

/** A sparse map before it is checked: offset and length, in turns, in bytes. */
export type SparseNumbers = readonly (number | undefined)[];

export interface OldSparseBlock {
  readonly numbers: SparseNumbers;
  /** Whether an extension block follows. */
  readonly extended: boolean;
}

/**
 * The sparse fields of an old GNU header (typeflag S: tar.h `struct oldgnu_header`, 4 pairs at byte
 * 386) or of an extension block (`struct sparse_header`, 21 pairs at byte 0).
 */
export function parseOldSparse(block: Buffer, where: 'header' | 'extension'): OldSparseBlock {
  const [start, pairs] = where === 'header' ? [386, 4] : [0, 21];
  const numbers: (number | undefined)[] = [];
  for (let field = 0; field < pairs * 2; field += 2) {
    const at = start + field * 12;
    // An empty pair ends the list; a zero-length one that has digits only marks the end of the file.
    if (block[at + 12] === 0) break;
    numbers.push(parseNumberField(block.subarray(at, at + 12)));
    numbers.push(parseNumberField(block.subarray(at + 12, at + 24)));
  }
  return { numbers, extended: block[start + pairs * 24] !== 0 };
}

/** The file's whole size in an old GNU sparse header: 12 bytes at 483. */
export function oldSparseSize(header: Buffer): number | undefined {
  return parseNumberField(header.subarray(483, 495));
}

/** The map of PAX sparse formats 0.0 (repeated records) and 0.1 (`GNU.sparse.map`), if there is one. */
export function paxSparseNumbers(pax: PaxAttributes): SparseNumbers | undefined {
  const map = pax.getText('GNU.sparse.map');
  if (map !== undefined) return map.split(',').map(parseDecimal);
  if (pax.sparsePairs.length > 0) return pax.sparsePairs.map(parseDecimal);
  return undefined;
}

/**
 * Reads a map of PAX sparse format 1.0, which leads the entry's data: decimal numbers, each ended by
 * a newline, the first counting the pairs, padded to whole blocks. Fed with more until it is done.
 */
export class SparseMapReader {
  readonly #numbers: (number | undefined)[] = [];
  #partial = '';
  #wanted = 1;

  /** @returns whether the map is complete. */
  add(block: Buffer): boolean {
    const lines = (this.#partial + block.toString('latin1')).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) {
      if (this.isComplete) return true;
      const number = parseDecimal(line);
      this.#numbers.push(number);
      if (number === undefined) return true;
      if (this.#numbers.length === 1) this.#wanted = 1 + 2 * number;
    }
    // A number that never ends would be collected for ever.
    return this.isComplete || this.#partial.length > 32;
  }

  get isComplete(): boolean {
    return this.#numbers.length === this.#wanted;
  }

  /** Incomplete maps give undefined numbers, which `checkedRuns` refuses. */
  get numbers(): SparseNumbers {
    return this.isComplete ? this.#numbers.slice(1) : [undefined];
  }
}

/**
 * The runs of a sparse map, checked: ascending, inside `size`, together `stored` bytes long.
 * @throws SnapdiscError `source.corrupt`
 */
export function checkedRuns(
  numbers: SparseNumbers,
  size: number,
  stored: number,
  position: number,
): DataRun[] {
  const fail = (reason: string) => corrupt(position, `the sparse map of a file ${reason}`);
  const runs: { offset: number; length: number }[] = [];
  let total = 0;
  let end = 0;
  if (numbers.length % 2 !== 0) throw fail('is incomplete');
  for (let i = 0; i < numbers.length; i += 2) {
    const [offset, length] = numbers.slice(i, i + 2);
    if (offset === undefined || length === undefined || offset < 0 || length < 0) {
      throw fail('holds something that is no number');
    }
    if (offset < end || offset + length > size) throw fail('overlaps itself or leaves the file');
    const last = runs.at(-1);
    if (length > 0 && last !== undefined && last.offset + last.length === offset)
      last.length += length;
    else if (length > 0) runs.push({ offset, length });
    end = offset + length;
    total += length;
  }
  if (total !== stored) throw fail('does not match the stored data');
  return runs;
}
