import type { FileChunk } from '../source.js';
import type { RegularFile } from '../tree.js';

/** A run of a file and where the archive stores its bytes. */
export interface Extent {
  readonly file: RegularFile;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly length: number;
  /** Bytes from the start of the (uncompressed) archive. */
  readonly position: number;
}

/** A part of the archive. */
export interface Piece {
  readonly position: number;
  readonly data: Buffer;
}

/** The extents of `files` in archive order. `positions` tells where a file's first run is stored. */
export function planExtents(
  files: Iterable<RegularFile>,
  positions: ReadonlyMap<RegularFile, number>,
): Extent[] {
  const extents: Extent[] = [];
  for (const file of files) {
    let position = positions.get(file);
    if (position === undefined) throw new Error('A file was asked for that is not of this source.');
    for (const { offset, length } of file.runs) {
      extents.push({ file, offset, length, position });
      position += length;
    }
  }
  return extents.sort((a, b) => a.position - b.position);
}

/**
 * Cuts the extents out of pieces of the archive, which must ascend and cover every extent. The
 * chunks share the pieces' memory. Stops reading pieces after the last extent.
 */
export async function* cutExtents(
  pieces: AsyncIterable<Piece>,
  extents: readonly Extent[],
): AsyncGenerator<FileChunk, number> {
  let next = 0;
  let done = 0;
  for await (const { position, data } of pieces) {
    const end = position + data.length;
    for (let extent = extents[next]; extent !== undefined; extent = extents[next]) {
      const from = extent.position + done;
      if (from >= end) break;
      const to = Math.min(end, extent.position + extent.length);
      yield {
        file: extent.file,
        offset: extent.offset + done,
        data: data.subarray(from - position, to - position),
      };
      done += to - from;
      if (done < extent.length) break;
      next++;
      done = 0;
    }
    if (next === extents.length) break;
  }
  return next;
}
