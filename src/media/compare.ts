import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { SnapdiscError } from '../errors.js';
import type { ReadAt } from '../iso9660/index.js';
import type { ByteRange } from './direct-reader.js';

/** Compares what was written in a range with what was to be, `expected` giving the bytes from an offset on. */
export async function compareStream(
  written: AsyncIterable<Uint8Array>,
  expected: ReadAt,
  { start, end }: ByteRange,
  where: string,
  { reporter, signal }: WorkContext,
): Promise<void> {
  let offset = start;
  for await (const piece of written) {
    throwIfAborted(signal);
    const wanted = await expected(offset, Math.min(piece.length, end - offset));
    const found = Buffer.from(piece.buffer, piece.byteOffset, wanted.length);
    if (!found.equals(wanted)) throw differs(where, offset + firstDifference(found, wanted));
    offset += wanted.length;
    reporter.advance(wanted.length);
    if (offset >= end) return;
  }
  throw differs(where, offset);
}

function firstDifference(found: Uint8Array, wanted: Uint8Array): number {
  return wanted.findIndex((byte, index) => found[index] !== byte);
}

function differs(where: string, offset: number): SnapdiscError {
  return new SnapdiscError(
    'output.verify-failed',
    `What is on ${where} differs from the image at byte ${offset}.`,
    { hint: 'Write it again; if it fails again, the medium or the drive is worn out.' },
  );
}
