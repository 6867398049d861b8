import type { DiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import { readIso } from '../iso9660/index.js';
import { ISO_BLOCK } from '../units.js';

/**
 * How much of an image is to be written, in bytes: all of a file, and of a drive what its volume has.
 * @throws SnapdiscError `image.*`, `image.truncated` where the file is shorter than its volume.
 */
export async function imageSize({ size, readAt }: DiscImage): Promise<number> {
  const { totalBlocks } = await readIso(readAt);
  const volume = totalBlocks * ISO_BLOCK;
  // Drives tell no size.
  if (size === 0) return volume;
  if (size >= volume) return size;
  throw new SnapdiscError(
    'image.truncated',
    `The image has ${size} bytes, and its volume ${volume}.`,
    { hint: 'The download or copy is incomplete: make it again.' },
  );
}
