import { TARGET_PATH } from '../build/disc-paths.js';
import { SnapdiscError } from '../errors.js';
import { openLiveDisc } from '../extract/live-disc.js';
import { fileReader, type ReadAt, type VolumeFile } from '../iso9660/index.js';
import { MAX_TARGET_TEXT, parseTarget, type Target } from '../recipe/target.js';

/** What a disc was made for, as far as it tells: nothing for one that is none of ours, or no disc. */
export async function targetOfDisc(path: string): Promise<Target> {
  try {
    const disc = await openLiveDisc(path);
    try {
      return await readTarget(disc.readAt, disc.file(TARGET_PATH));
    } finally {
      await disc.close();
    }
  } catch (error) {
    // What cannot be read has no wishes; who needs to read it will complain.
    if (isAboutTheDisc(error)) return {};
    throw error;
  }
}

/** Whether an error tells of what is on a disc, or of a drive that cannot read it. Pure. */
export function isAboutTheDisc(error: unknown): boolean {
  if (error instanceof SnapdiscError) return error.code.startsWith('image.');
  // A drive that cannot read.
  return error instanceof Error && 'syscall' in error;
}

/** What the disc's own file says. */
export async function readTarget(readAt: ReadAt, file: VolumeFile): Promise<Target> {
  const bytes = await fileReader(readAt, file)(0, MAX_TARGET_TEXT);
  return parseTarget(Buffer.from(bytes).toString('utf8'));
}
