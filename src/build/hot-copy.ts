import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { MIB } from '../units.js';
import { type RootContext, throwIfAborted } from './write-disc.js';

/**
 * A compressed copy of what a boot reads: the init unpacks it into memory in place of reading the first part of
 * root.img, which stays whole. One gzip member a piece, one behind the other: gunzip takes them for one file.
 */

/** Bytes that are compressed at a time, each piece by a thread of its own. */
const PIECE = MIB;
const PIECES_AT_A_TIME = 4;
/** Higher levels take longer and gain a drive little (docs/optical.md has the figures). */
const LEVEL = 4;

const compress = promisify(gzip);

/** The most that so many bytes become: deflate stores what does not shrink, and each member has 18 bytes. */
export function mostHotCopyBytes(bytes: number): number {
  return bytes + Math.ceil(bytes / 1000) + Math.ceil(bytes / PIECE) * 64;
}

/** Of programs and libraries, so much is left as a rule (docs/optical.md has the figures). */
const USUALLY_LEFT = 0.4;

/** About what a copy becomes that takes `most` bytes at most. */
export function usualHotCopyBytes(most: number): number {
  return Math.ceil(most * USUALLY_LEFT);
}

/**
 * Compresses `bytes` of the output, from byte `start` on, to byte `at`.
 * @returns the bytes that it takes there.
 * @throws SnapdiscError `output.*`, `interrupted.signal`
 */
export async function writeHotCopy(
  { start, bytes, at }: { readonly start: number; readonly bytes: number; readonly at: number },
  { output, reporter, signal }: RootContext,
): Promise<number> {
  let end = at;
  const pending: Promise<Buffer>[] = [];
  const writeNext = async () => {
    const packed = (await pending.shift()) ?? Buffer.alloc(0);
    output.write(end, packed);
    end += packed.length;
  };
  for (let done = 0; done < bytes; done += PIECE) {
    throwIfAborted(signal);
    const piece = Buffer.alloc(Math.min(PIECE, bytes - done));
    await output.read(start + done, piece);
    pending.push(compress(piece, { level: LEVEL, chunkSize: PIECE }));
    reporter.advance(piece.length);
    if (pending.length >= PIECES_AT_A_TIME) await writeNext();
  }
  while (pending.length > 0) await writeNext();
  return end - at;
}
