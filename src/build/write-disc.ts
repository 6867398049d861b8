import { webcrypto } from 'node:crypto';
import { SnapdiscError } from '../errors.js';
import type { Ext2Plan, StoredExtent } from '../ext2/index.js';
import type { FileChunk, Source } from '../rootfs/source.js';
import { type Directory, type RegularFile, walk } from '../rootfs/tree.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { CHECKSUM_BLOCK, checksumFile, checksumRange } from './checksums.js';
import type { DiscInclude } from './disc-include.js';
import type { OutputFile } from './output-file.js';
import type { PartialDirectory } from './partial-directory.js';
import type { PlannedDisc } from './plan-disc.js';
import type { WorkContext } from './report.js';
import { storedPieces } from './stored-pieces.js';

/** The disc, laid out: all that is needed to write its bytes, but for what is in root.img. */
export interface DiscLayout {
  readonly disc: PlannedDisc;
  readonly initrd: Uint8Array;
  readonly includes: readonly DiscInclude[];
}

/** root.img, planned. */
export interface RootImage {
  readonly ext2: Ext2Plan;
  /** The tree that `ext2` is the plan of. */
  readonly root: Directory;
}

export interface RootContext extends WorkContext {
  readonly output: OutputFile;
}

export interface WriteContext extends RootContext {
  /** Where --parts go. */
  readonly parts: PartialDirectory | undefined;
  /** As planned, until what is compressed on the way is as small as it gets. */
  layout: DiscLayout;
}

/** The metadata of the disc's own file system, and the initrd. */
export function writeDiscMetadata({ disc, initrd }: DiscLayout, output: OutputFile): void {
  for (const { lba, data } of disc.iso.metadata()) output.write(lba * ISO_BLOCK, data);
  output.write(disc.iso.extent(disc.initrd).lba * ISO_BLOCK, initrd);
}

/**
 * Metadata of the root file system, and the files in it that the build made itself.
 * @param start byte of the output at which root.img begins.
 */
export function writeRootMetadata(
  { ext2, root }: RootImage,
  start: number,
  { output, signal }: RootContext,
): void {
  for (const { block, data } of ext2.metadata()) {
    throwIfAborted(signal);
    output.write(start + block * EXT2_BLOCK, data);
  }
  for (const file of filesOf(root)) {
    const { content } = file;
    if (content === undefined) continue;
    writeChunk({ file, offset: 0, data: content }, ext2.dataExtents(file), start, output);
  }
}

/**
 * Pass 2: the source's data, in the source's order, each piece to its planned place.
 * @param start byte of the output at which root.img begins.
 */
export async function writeFiles(
  { ext2, root }: RootImage,
  start: number,
  source: Source,
  context: RootContext,
): Promise<void> {
  // Files that were excluded or replaced have no place.
  const missing = new Map<RegularFile, number>();
  for (const file of filesOf(root)) if (!file.content) missing.set(file, storedBytes(file));

  let current: RegularFile | undefined;
  let extents: readonly StoredExtent[] = [];
  for await (const chunk of source.read()) {
    throwIfAborted(context.signal);
    context.reporter.advance(chunk.data.length);
    const left = missing.get(chunk.file);
    if (left === undefined) continue;
    missing.set(chunk.file, left - chunk.data.length);
    if (chunk.file !== current) {
      current = chunk.file;
      extents = ext2.dataExtents(current);
    }
    writeChunk(chunk, extents, start, context.output);
  }
  for (const text of source.changesMet?.() ?? []) context.reporter.warn(text);
  const short = [...missing.values()].filter((left) => left !== 0).length;
  if (short > 0) throw new Error(`${short} files did not arrive whole from ${source.description}`);
}

/** The files of --disc-include. */
export async function writeIncludes({ layout, ...context }: WriteContext): Promise<void> {
  for (const { source, files } of layout.includes) {
    for await (const { file, offset, data } of source.read()) {
      throwIfAborted(context.signal);
      const isoFile = files.get(file);
      if (isoFile === undefined) continue;
      context.output.write(layout.disc.iso.extent(isoFile).lba * ISO_BLOCK + offset, data);
      context.reporter.advance(data.length);
    }
  }
}

/** Reads back what was written and stores the checksums of it. */
export async function writeChecksums(context: WriteContext): Promise<void> {
  const { layout, output, reporter, signal } = context;
  const { iso, checksums } = layout.disc;
  if (checksums === undefined) return;
  const at = iso.extent(checksums.file).lba * ISO_BLOCK;
  const range = checksumRange(at);
  // What follows is read: the disk has time for the rest of what was written.
  output.startFlush();
  const digests: Promise<ArrayBuffer>[] = [];
  const buffers = [Buffer.alloc(CHECKSUM_BLOCK), Buffer.alloc(CHECKSUM_BLOCK)];
  for (let offset = range.start; offset < range.end; offset += CHECKSUM_BLOCK) {
    throwIfAborted(signal);
    // Two buffers in turn: one is read into while the other is hashed in the thread pool.
    const index = digests.length;
    await digests[index - 2];
    const buffer = buffers[index % 2] ?? Buffer.alloc(CHECKSUM_BLOCK);
    const piece = buffer.subarray(0, Math.min(CHECKSUM_BLOCK, range.end - offset));
    await output.read(offset, piece);
    digests.push(webcrypto.subtle.digest('SHA-256', piece));
    reporter.advance(piece.length);
  }
  const all = (await Promise.all(digests)).map((digest) => new Uint8Array(digest));
  output.write(at, checksumFile(range, checksums.covered, all));
}

/** @throws SnapdiscError `interrupted.signal` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new SnapdiscError('interrupted.signal', 'Interrupted.');
}

function writeChunk(
  { offset, data }: FileChunk,
  extents: readonly StoredExtent[],
  imageStart: number,
  output: OutputFile,
): void {
  for (const piece of storedPieces(extents, offset, offset + data.length)) {
    const from = piece.offset - offset;
    output.write(imageStart + piece.at, data.subarray(from, from + piece.length));
  }
}

/** Byte of the disc at which root.img begins. */
export function rootImageStart({ disc: { iso, rootImage } }: DiscLayout): number {
  return iso.extent(rootImage).lba * ISO_BLOCK;
}

function storedBytes({ runs }: RegularFile): number {
  return runs.reduce((sum, { length }) => sum + length, 0);
}

function filesOf(root: Directory): Set<RegularFile> {
  const files = new Set<RegularFile>();
  for (const { inode } of walk(root)) if (inode.kind === 'file') files.add(inode);
  return files;
}
