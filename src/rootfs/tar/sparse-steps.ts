import { roundUp } from '../../units.js';
import type { Cursor, Steps } from './archive-steps.js';
import { corrupt } from './corrupt.js';
import type { TarEntry } from './entry.js';
import { TAR_BLOCK, type TarHeader } from './header.js';
import { parseDecimal } from './number.js';
import type { PaxAttributes } from './pax.js';
import {
  oldSparseSize,
  parseOldSparse,
  paxSparseNumbers,
  SparseMapReader,
  type SparseNumbers,
} from './sparse.js';

/** How the archive stores a sparse file. */
export interface SparseStorage {
  /** Not checked yet. */
  readonly numbers: SparseNumbers;
  /** Bytes of the file, holes included. */
  readonly size: number;
  /** Bytes of the entry's data that the map took; old GNU extension blocks are not among them. */
  readonly mapBytes: number;
}

const IN_MAP = 'inside the map of a sparse file';

/**
 * Reads the sparse map of a regular file in any of GNU tar's four formats (GNU tar manual, "Storing
 * Sparse Files"); undefined for a file that is not sparse.
 */
export function* readSparse(
  cursor: Cursor,
  entry: TarEntry,
  header: TarHeader,
  block: Buffer,
  pax: PaxAttributes,
): Steps<SparseStorage | undefined> {
  const sizeText = pax.getText('GNU.sparse.realsize') ?? pax.getText('GNU.sparse.size');
  const paxSize = sizeText === undefined ? undefined : parseDecimal(sizeText);
  if (header.typeflag === 'S') {
    const size = checkedSize(paxSize ?? oldSparseSize(block), entry);
    return { numbers: yield* oldSparseNumbers(cursor, block), size, mapBytes: 0 };
  }
  if (pax.getText('GNU.sparse.major') === '1') {
    const start = cursor.position;
    const numbers = yield* leadingMap(cursor, entry);
    return { numbers, size: checkedSize(paxSize, entry), mapBytes: cursor.position - start };
  }
  const numbers = paxSparseNumbers(pax);
  if (numbers === undefined && sizeText === undefined) return undefined;
  return { numbers: numbers ?? [], size: checkedSize(paxSize, entry), mapBytes: 0 };
}

function* oldSparseNumbers(cursor: Cursor, header: Buffer): Steps<SparseNumbers> {
  let part = parseOldSparse(header, 'header');
  const numbers = [...part.numbers];
  while (part.extended) {
    part = parseOldSparse(yield* cursor.read(TAR_BLOCK, IN_MAP), 'extension');
    numbers.push(...part.numbers);
  }
  return numbers;
}

function* leadingMap(cursor: Cursor, entry: TarEntry): Steps<SparseNumbers> {
  const end = cursor.position + roundUp(entry.stored, TAR_BLOCK);
  const map = new SparseMapReader();
  do {
    if (cursor.position >= end) {
      throw corrupt(entry.position, 'the sparse map of a file is longer than its data');
    }
  } while (!map.add(yield* cursor.read(TAR_BLOCK, IN_MAP)));
  return map.numbers;
}

function checkedSize(size: number | undefined, entry: TarEntry): number {
  if (size !== undefined && size >= 0) return size;
  throw corrupt(entry.position, 'a sparse file has no proper size');
}
