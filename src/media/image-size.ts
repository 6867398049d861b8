import { type DiscImage, openDiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import { type IsoVolume, readIso } from '../iso9660/index.js';
import { ISO_BLOCK } from '../units.js';

/** What is to be known of an image that goes onto a drive. */
export interface ImageFacts {
  /** How much of it is to be written, in bytes. */
  readonly size: number;
  /** Whether its first sector is one that a PC's BIOS starts a disk from. */
  readonly hasBootSector: boolean;
}

/** @throws SnapdiscError `image.*` */
export async function readImageFacts(path: string): Promise<ImageFacts> {
  const image = await openDiscImage(path);
  try {
    const volume = await readIso(image.readAt);
    return { size: imageSize(image, volume), hasBootSector: volume.mbr !== undefined };
  } finally {
    await image.close();
  }
}

/**
 * How much of an image is to be written, in bytes: all of a file, and of a drive what its volume has.
 * @throws SnapdiscError `image.truncated` where the file is shorter than its volume.
 */
export function imageSize(
  { size }: Pick<DiscImage, 'size'>,
  { totalBlocks }: Pick<IsoVolume, 'totalBlocks'>,
): number {
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
