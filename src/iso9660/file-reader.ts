import { ISO_BLOCK } from '../units.js';
import type { ReadAt } from './block-reader.js';
import type { VolumeFile } from './volume.js';

/** Reads a file of the disc by its own offsets, over all its extents; fewer bytes only at its end. */
export function fileReader(readAt: ReadAt, { extents, size }: VolumeFile): ReadAt {
  return async (offset, length) => {
    const pieces: Uint8Array[] = [];
    const end = Math.min(offset + length, size);
    let start = 0;
    for (const extent of extents) {
      const from = Math.max(offset, start);
      const to = Math.min(end, start + extent.size);
      if (from < to) pieces.push(await readAt(extent.lba * ISO_BLOCK + from - start, to - from));
      start += extent.size;
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  };
}
