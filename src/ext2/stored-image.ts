import type { Block4096 } from '../units.js';
import { BLOCK_SIZE } from './constants.js';
import type { GroupDescriptor } from './group-descriptor.js';
import { Ext2Image, type ReadAt } from './image.js';
import { notExt2, type Superblock } from './read-superblock.js';

/** Blocks of the filesystem that lie one after the other in the stored image. */
export interface StoredSegment {
  readonly fsBlock: Block4096;
  readonly storedBlock: Block4096;
  readonly count: Block4096;
}

/** An image as it is stored on a disc: without the free blocks of its headroom. */
export interface StoredImage {
  /** The filesystem, where what is not stored cannot be read. */
  readonly image: Ext2Image;
  readonly segments: readonly StoredSegment[];
  /** Bitmaps behind the image that all groups of the headroom share (origin.ts). */
  readonly templates: { readonly storedBlock: Block4096; readonly count: Block4096 };
}

/** Those of origin.ts, where there are groups of headroom. */
const TEMPLATE_BLOCKS = 3;

/**
 * Opens an image through the file it is stored in: one with headroom, or a whole filesystem.
 * @param size bytes of the file.
 * @throws SnapdiscError `image.ext2`
 */
export async function openStoredImage(readStored: ReadAt, size: number): Promise<StoredImage> {
  // Superblock and descriptors come first, so they lie where they belong in any case.
  const { superblock, groups } = await Ext2Image.open(readStored);
  const storedBlocks = Math.floor(size / BLOCK_SIZE);
  const { segments, templates } = storedSegments(superblock, groups, storedBlocks);
  const image = await Ext2Image.open((offset, length) =>
    readSegments(readStored, segments, offset, length),
  );
  return {
    image,
    segments,
    templates: { storedBlock: storedBlocks - templates, count: templates },
  };
}

/** Of each group that has contents, the blocks in use are stored; they are its first (group-map.ts). */
function storedSegments(
  superblock: Superblock,
  groups: readonly GroupDescriptor[],
  storedBlocks: Block4096,
): { segments: StoredSegment[]; templates: number } {
  const { totalBlocks, blocksPerGroup } = superblock;
  if (storedBlocks >= totalBlocks) {
    return { segments: [{ fsBlock: 0, storedBlock: 0, count: totalBlocks }], templates: 0 };
  }
  const segments: StoredSegment[] = [];
  let stored = 0;
  for (const [index, { freeBlocks }] of groups.entries()) {
    if (stored + TEMPLATE_BLOCKS === storedBlocks) return { segments, templates: TEMPLATE_BLOCKS };
    const fsBlock = index * blocksPerGroup;
    const count = Math.min(blocksPerGroup, totalBlocks - fsBlock) - freeBlocks;
    if (count <= 0 || stored + count > storedBlocks) break;
    const last = segments.at(-1);
    if (last !== undefined && last.fsBlock + last.count === fsBlock) {
      segments[segments.length - 1] = { ...last, count: last.count + count };
    } else {
      segments.push({ fsBlock, storedBlock: stored, count });
    }
    stored += count;
  }
  if (stored === storedBlocks) return { segments, templates: 0 };
  throw notExt2(`${storedBlocks} stored blocks contradict its groups`);
}

async function readSegments(
  readStored: ReadAt,
  segments: readonly StoredSegment[],
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let from = offset, end = offset + length; from < end; ) {
    const { storedBlock, fsBlock, count } = segmentOf(segments, Math.floor(from / BLOCK_SIZE));
    const to = Math.min(end, (fsBlock + count) * BLOCK_SIZE);
    pieces.push(await readStored(from + (storedBlock - fsBlock) * BLOCK_SIZE, to - from));
    from = to;
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/**
 * Where a block of the filesystem is stored.
 * @throws SnapdiscError `image.ext2` where it is not.
 */
export function segmentOf(segments: readonly StoredSegment[], block: Block4096): StoredSegment {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((segments[middle]?.fsBlock ?? 0) <= block) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  if (segment !== undefined && block < segment.fsBlock + segment.count) return segment;
  throw notExt2(`block ${block} is in use and not on the disc`);
}
