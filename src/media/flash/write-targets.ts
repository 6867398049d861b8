import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { WorkContext } from '../../build/report.js';
import { throwIfAborted } from '../../build/write-disc.js';
import { isInterruption, SnapdiscError } from '../../errors.js';
import type { ReadAt } from '../../iso9660/index.js';
import { MIB } from '../../units.js';
import { compareStream } from '../compare.js';
import { type ByteRange, readDirect } from '../direct-reader.js';
import { driveFailure } from './drive-failure.js';
import type { Piece } from './store-layout.js';

/** Bytes written at once: whole erase blocks of most sticks. */
const PIECE = 4 * MIB;

/** What is written. */
export interface FlashImage {
  readonly readAt: ReadAt;
  /** Bytes. */
  readonly size: number;
}

/** A drive that is to be written. */
export interface Destination {
  readonly path: string;
  /** What is written when the image is on the drive, one after the other, over it or behind it. */
  readonly further: readonly Piece[];
}

/** One drive being written; once `failure` is set it is left alone. */
export interface Target extends Destination {
  failure?: SnapdiscError;
}

/**
 * Writes an image over several devices at once, every byte, and reads it back past the page cache. What
 * goes wrong with one does not keep the others from ending well.
 * @returns the targets, those that failed with their failure.
 * @throws SnapdiscError `image.*` where the image cannot be read, `interrupted.signal`
 */
export async function writeTargets(
  destinations: readonly Destination[],
  image: FlashImage,
  verify: boolean,
  context: WorkContext,
): Promise<readonly Target[]> {
  const targets: Target[] = destinations.map((destination) => ({ ...destination }));
  const handles = new Map<Target, FileHandle>();
  try {
    await forAll(targets, async (target) => {
      // Exclusively: while something is mounted or claimed the kernel says no.
      const handle = await open(target.path, constants.O_RDWR | constants.O_EXCL);
      handles.set(target, handle);
    });
    context.reporter.stage('Writing', image.size);
    await tellingState('is not whole: write it again before it starts anything', targets, () =>
      writeAll(targets, handles, image, context),
    );
    context.reporter.stage('Waiting for the drives');
    await forAll(targets, async (target) => {
      const handle = handles.get(target);
      await handle?.sync();
      for (const { at, data } of target.further) {
        await writeFully(handle, data, at);
        await handle?.datasync();
      }
    });
  } finally {
    for (const handle of handles.values()) await handle.close().catch(() => undefined);
  }
  if (verify) {
    await tellingState('is written, but nobody knows whether as it should be', targets, () =>
      readBack(targets, image, context),
    );
  }
  return targets;
}

/** Does `work`; who interrupts it is told in what state that leaves the drives that are well. */
async function tellingState(
  state: string,
  targets: readonly Target[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isInterruption(error)) throw error;
    const alive = targets.filter(({ failure }) => failure === undefined);
    const hint = alive.map(({ path }) => `${path} ${state}.`).join(' ');
    throw new SnapdiscError('interrupted.signal', 'Interrupted.', { hint, cause: error });
  }
}

async function writeAll(
  targets: readonly Target[],
  handles: ReadonlyMap<Target, FileHandle>,
  image: FlashImage,
  { reporter, signal }: WorkContext,
): Promise<void> {
  for (let offset = 0; offset < image.size; offset += PIECE) {
    throwIfAborted(signal);
    if (targets.every(({ failure }) => failure !== undefined)) return;
    const data = await image.readAt(offset, Math.min(PIECE, image.size - offset));
    await forAll(targets, async (target) => {
      const handle = handles.get(target);
      await writeFully(handle, data, offset);
      // A page cache of gigabytes would hide how slow sticks are, and what they refuse.
      if (offset % (8 * PIECE) === 0) await handle?.datasync();
    });
    reporter.advance(data.length);
  }
}

async function writeFully(
  handle: FileHandle | undefined,
  data: Uint8Array,
  at: number,
): Promise<void> {
  for (let done = 0; handle !== undefined && done < data.length; ) {
    const { bytesWritten } = await handle.write(data, done, undefined, at + done);
    done += bytesWritten;
  }
}

async function readBack(
  targets: readonly Target[],
  image: FlashImage,
  { reporter, signal }: WorkContext,
): Promise<void> {
  const alive = targets.filter(({ failure }) => failure === undefined);
  const bytes = alive.flatMap((target) => rangesOf(target, image)).map(lengthOf);
  reporter.stage(
    'Reading back',
    bytes.reduce((sum, length) => sum + length, 0),
  );
  await forAll(alive, async (target) => {
    const expected = withPieces(image.readAt, target.further);
    for (const range of rangesOf(target, image)) {
      const written = readDirect(target.path, range);
      await compareStream(written, expected, range, target.path, { reporter, signal });
    }
  });
}

/** All that was written: the image, and what lies behind it. */
function rangesOf({ further }: Destination, { size }: FlashImage): ByteRange[] {
  const behind = further.filter(({ at }) => at >= size);
  return [
    { start: 0, end: size },
    ...behind.map(({ at, data }) => ({ start: at, end: at + data.length })),
  ];
}

function lengthOf({ start, end }: ByteRange): number {
  return end - start;
}

/** What a drive holds on which pieces were written over an image, the last one uppermost. */
function withPieces(readAt: ReadAt, pieces: readonly Piece[]): ReadAt {
  return async (offset, length) => {
    const bytes = Buffer.alloc(length);
    bytes.set(await readAt(offset, length));
    for (const { at, data } of pieces) {
      const from = Math.max(at, offset);
      const to = Math.min(at + data.length, offset + length);
      if (from < to) bytes.set(data.subarray(from - at, to - at), from - offset);
    }
    return bytes;
  };
}

/** Runs `work` for the targets that are well; what fails is noted, but for the user's own doing. */
async function forAll(
  targets: readonly Target[],
  work: (target: Target) => Promise<unknown>,
): Promise<void> {
  const alive = targets.filter(({ failure }) => failure === undefined);
  const results = await Promise.allSettled(alive.map(work));
  for (const [index, result] of results.entries()) {
    const target = alive[index];
    if (target === undefined || result.status === 'fulfilled') continue;
    const failure = driveFailure(target.path, result.reason);
    if (isInterruption(failure)) throw failure;
    target.failure = failure;
  }
}
