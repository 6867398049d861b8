import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { OutputFile, outputError } from '../build/output-file.js';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';

/** Writes pieces one after the other to a file, which takes its place when it is whole. */
export async function writeToFile(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  { reporter, signal }: WorkContext,
): Promise<void> {
  const output = await OutputFile.create(path, 0);
  try {
    let offset = 0;
    for await (const piece of pieces) {
      throwIfAborted(signal);
      output.write(offset, piece);
      offset += piece.length;
      reporter.advance(piece.length);
    }
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/**
 * Writes pieces to a stream no faster than it takes them. A reader that has seen enough ends it.
 * @throws SnapdiscError `output.full`, `output.failed`, `interrupted.signal`
 */
export async function writeToStream(
  pieces: AsyncIterable<Uint8Array>,
  stream: Writable,
  { reporter, signal }: WorkContext,
): Promise<void> {
  let failure: NodeJS.ErrnoException | undefined;
  const onError = (error: NodeJS.ErrnoException) => {
    failure ??= error;
  };
  stream.on('error', onError);
  try {
    for await (const piece of pieces) {
      throwIfAborted(signal);
      if (failure !== undefined || stream.destroyed) break;
      // Sources use their buffers again, and the stream may hold on to what it is given.
      if (!stream.write(Buffer.from(piece))) {
        await once(stream, 'drain', { signal }).catch(() => {});
      }
      reporter.advance(piece.length);
    }
  } finally {
    stream.off('error', onError);
  }
  if (failure !== undefined && failure.code !== 'EPIPE') {
    throw outputError('standard output', failure);
  }
}
