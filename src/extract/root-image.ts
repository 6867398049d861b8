import { OutputFile } from '../build/output-file.js';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { hasSuperblock } from '../ext2/geometry.js';
import type { ReadAt } from '../ext2/image.js';
import { notExt2 } from '../ext2/read-superblock.js';
import { openStoredImage, type StoredImage } from '../ext2/stored-image.js';
import { type Block4096, EXT2_BLOCK, MIB } from '../units.js';
import type { StoredRoot } from './live-disc.js';

/** Consecutive blocks of the filesystem and where the stored image has them. */
interface Piece {
  readonly fsBlock: Block4096;
  readonly storedBlock: Block4096;
  readonly count: Block4096;
}

/**
 * Writes the whole filesystem that root.img is the stored part of: with its headroom, which the disc
 * leaves out, as holes. It mounts as it is (`mount -o loop`).
 * @throws SnapdiscError `image.ext2`, `output.*`, `interrupted.signal`
 */
export async function writeRootImage(
  { readStored, size }: StoredRoot,
  path: string,
  { reporter, signal }: WorkContext,
): Promise<void> {
  const stored = await openStoredImage(readStored, size);
  const pieces = [...stored.segments, ...headroomBitmaps(stored)];
  const written = pieces.reduce((sum, { count }) => sum + count * EXT2_BLOCK, 0);
  const total = stored.image.superblock.totalBlocks * EXT2_BLOCK;
  reporter.stage('Writing the root image', written);
  const output = await OutputFile.create(path, total, written);
  try {
    for (const piece of pieces) {
      for await (const { offset, data } of readPiece(readStored, piece)) {
        throwIfAborted(signal);
        output.write(offset, data);
        reporter.advance(data.length);
      }
    }
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/** The bitmaps of the groups that lie in the headroom, from the templates that serve them all. */
function* headroomBitmaps({ image, segments, templates }: StoredImage): Generator<Piece> {
  const { blocksPerGroup } = image.superblock;
  const last = segments.at(-1);
  const end = last === undefined ? 0 : last.fsBlock + last.count;
  // origin.ts: block bitmap of a plain group, inode bitmap, block bitmap beside a superblock.
  const [plain, inodes, besideSuperblock] = [0, 1, 2].map((at) => templates.storedBlock + at);
  if (templates.count === 0) return;
  const first = Math.ceil(end / blocksPerGroup);
  for (const [offset, { blockBitmap, inodeBitmap }] of image.groups.slice(first).entries()) {
    const group = first + offset;
    for (const block of [blockBitmap, inodeBitmap]) {
      if (Math.floor(block / blocksPerGroup) !== group) {
        throw notExt2(`a bitmap of group ${group} lies elsewhere`);
      }
    }
    const blocks = hasSuperblock(group) ? besideSuperblock : plain;
    yield { fsBlock: blockBitmap, storedBlock: blocks ?? 0, count: 1 };
    yield { fsBlock: inodeBitmap, storedBlock: inodes ?? 0, count: 1 };
  }
}

async function* readPiece(readStored: ReadAt, { fsBlock, storedBlock, count }: Piece) {
  const bytes = count * EXT2_BLOCK;
  for (let done = 0; done < bytes; done += MIB) {
    const wanted = Math.min(MIB, bytes - done);
    const data = await readStored(storedBlock * EXT2_BLOCK + done, wanted);
    if (data.length < wanted) throw notExt2('it is cut off');
    yield { offset: fsBlock * EXT2_BLOCK + done, data };
  }
}
