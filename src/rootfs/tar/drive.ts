import { readSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { readFully } from '../read-fully.js';
import type { LocatedEntry, Steps } from './archive-steps.js';

/** Large enough for a few small files in a row, small enough not to read much of the large ones. */
const WINDOW_BYTES = 32 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * Runs the parser over an uncompressed archive in a file of `size` bytes. Data is passed over
 * without reading it.
 * @returns the position after the last block that was read.
 */
export async function driveFile(
  parser: Steps<void>,
  descriptor: number,
  size: number,
  signal?: AbortSignal,
): Promise<number> {
  const window = Buffer.alloc(WINDOW_BYTES);
  let windowStart = 0;
  let windowEnd = 0;
  let position = 0;
  // Synchronous reads: tens of thousands of tiny ones cost several times as much the other way.
  const readAt = (length: number): Buffer => {
    if (position + length > windowEnd || position < windowStart) {
      if (length > WINDOW_BYTES)
        return readFully(descriptor, position, Math.min(length, size - position));
      windowStart = position;
      windowEnd = position + readSync(descriptor, window, 0, WINDOW_BYTES, position);
    }
    const end = Math.min(position + length, windowEnd);
    return Buffer.from(window.subarray(position - windowStart, end - windowStart));
  };
  let steps = 0;
  for (let step = parser.next(EMPTY); !step.done; ) {
    if (++steps % 4096 === 0) {
      await breathe();
      signal?.throwIfAborted();
    }
    const { op, length } = step.value;
    const answer = op === 'read' ? readAt(length) : position + length <= size ? EMPTY : undefined;
    position += op === 'read' ? (answer?.length ?? 0) : length;
    step = parser.next(answer);
  }
  return position;
}

/** Tells which entries' data should be handed over while a stream goes by. */
export interface StreamKeeper {
  readonly wants: (entry: LocatedEntry) => boolean;
  readonly take: (entry: LocatedEntry, data: Buffer) => void;
}

/**
 * Runs the parser over an archive that streams by, to the end of the stream, so that its
 * decompressor can check everything.
 * @returns how many bytes follow the archive's end mark, if they are not all zero; else 0.
 */
export async function driveStream(
  parser: Steps<void>,
  pieces: AsyncIterable<Buffer>,
  keeper: StreamKeeper,
): Promise<number> {
  let step = parser.next(EMPTY);
  let missing = step.done ? 0 : step.value.length;
  let collected: Buffer[] = [];
  const collects = () =>
    !step.done &&
    (step.value.op === 'read' || (step.value.op === 'data' && keeper.wants(step.value.entry)));
  let collecting = collects();
  const advance = () => {
    if (step.done) return;
    // A copy, so that a small part does not hold a large piece in memory.
    const data = collecting ? Buffer.concat(collected) : EMPTY;
    if (step.value.op === 'data' && collecting) keeper.take(step.value.entry, data);
    collected = [];
    step = parser.next(data);
    missing = step.done ? 0 : step.value.length;
    collecting = collects();
  };
  let after = 0;
  let isData = false;
  for await (const piece of pieces) {
    let used = 0;
    while (!step.done && used < piece.length) {
      const take = Math.min(missing, piece.length - used);
      if (collecting) collected.push(piece.subarray(used, used + take));
      used += take;
      missing -= take;
      if (missing === 0) advance();
    }
    after += piece.length - used;
    isData ||= piece.subarray(used).some((byte) => byte !== 0);
  }
  // The stream ended: what the parser still wants, it gets in part or not at all.
  while (!step.done) {
    step = parser.next(step.value.op === 'read' ? Buffer.concat(collected) : undefined);
    collected = [];
  }
  return isData ? after : 0;
}
