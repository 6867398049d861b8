import { SnapdiscError } from '../errors.js';
import { GIB } from '../units.js';
import type { RegularFile } from './tree.js';

/** `fetch` is for files the build looks into; none of them is larger. */
const MAX_FETCH_BYTES = GIB;

/**
 * Zeros of a file's size, to be filled with its runs.
 * @throws SnapdiscError `source.too-large` for a file that should never be held in memory.
 */
export function fileBuffer(file: RegularFile): Buffer {
  if (file.size <= MAX_FETCH_BYTES) return Buffer.alloc(file.size);
  throw new SnapdiscError(
    'source.too-large',
    `A file of ${file.size} bytes in the root filesystem is too large to be read into memory.`,
    {
      hint: 'It lies where a kernel, a program or a list is expected. Leave it out with --exclude.',
    },
  );
}

/** Puts a file's runs, as an archive stores them one after the other, to their places. */
export function fillRuns(file: RegularFile, contents: Buffer, stored: Buffer): void {
  let position = 0;
  for (const { offset, length } of file.runs) {
    contents.set(stored.subarray(position, position + length), offset);
    position += length;
  }
}
