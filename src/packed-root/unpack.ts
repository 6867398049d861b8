import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { SnapdiscError } from '../errors.js';
import { writeToFile } from '../extract/write-stream.js';
import { stream } from '../process.js';
import { makeTemporaryFolder } from '../temporary-folder.js';
import { PACKED_FILE, type PackedFormat, UNPACKERS } from './formats.js';

/** A compressed file system in a disc image. */
export interface PackedFile {
  readonly format: PackedFormat;
  /** The disc image, or a drive with the disc in it. */
  readonly disc: string;
  /** Byte of the disc at which it begins: it lies there in one piece. */
  readonly offset: number;
  /** All of it. */
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** A file that is there until `remove` is called. */
export interface UnpackedImage {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Unpacks root.img into the folder for temporary files.
 * @throws SnapdiscError `image.packed-root` where there is none in it, `tool.missing`, `output.*`,
 *   `interrupted.signal`
 */
export async function unpackImage(
  packed: PackedFile,
  context: WorkContext,
): Promise<UnpackedImage> {
  const folder = await makeTemporaryFolder('root');
  const remove = () => rm(folder, { recursive: true, force: true });
  const unpack = { squashfs: unpackSquashfs, erofs: unpackErofs }[packed.format];
  context.reporter.stage('Unpacking the root filesystem');
  try {
    return { path: await unpack(packed, folder, context), remove };
  } catch (error) {
    await remove();
    throwIfAborted(context.signal);
    if (!(error instanceof SnapdiscError) || error.code !== 'tool.failed') throw error;
    throw new SnapdiscError(
      'image.packed-root',
      `The root filesystem on this disc cannot be unpacked: ${error.message}`,
      { hint: 'The disc is damaged, or was not built by snapdisc.', cause: error },
    );
  }
}

/** Out of the disc itself, through a pipe: nothing but that one file is believed. */
async function unpackSquashfs(
  { disc, offset }: PackedFile,
  folder: string,
  context: WorkContext,
): Promise<string> {
  const image = join(folder, PACKED_FILE);
  const args = ['-o', String(offset), '-cat', disc, PACKED_FILE];
  await writeToFile(stream(UNPACKERS.squashfs, args, undefined, context.signal), image, context);
  return image;
}

/** fsck.erofs 1.5 begins at the first byte of a file, and unpacks everything. */
async function unpackErofs(
  { read }: PackedFile,
  folder: string,
  context: WorkContext,
): Promise<string> {
  const packed = join(folder, 'packed');
  const tree = join(folder, 'tree');
  await writeToFile(read(), packed, context);
  const args = [`--extract=${tree}`, '--no-preserve', packed];
  for await (const _ of stream(UNPACKERS.erofs, args, undefined, context.signal));
  await rm(packed);
  return join(tree, PACKED_FILE);
}
