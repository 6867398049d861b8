import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HOT_COPY_PATH } from '../build/disc-paths.js';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { type ReadAt, readFileData, type VolumeFile } from '../iso9660/index.js';
import { type Check, failed, passed } from './check.js';

const NAME = 'Hot copy';

/** Whether what the init unpacks in place of the start of root.img is that start still. */
export async function verifyHotCopy(
  readAt: ReadAt,
  copy: VolumeFile,
  readRoot: ReadAt,
  { signal }: WorkContext,
): Promise<Check> {
  let done = 0;
  try {
    await pipeline(Readable.from(readFileData(readAt, copy)), createGunzip(), async (unpacked) => {
      for await (const piece of unpacked as AsyncIterable<Buffer>) {
        throwIfAborted(signal);
        if (!piece.equals(await readRoot(done, piece.length))) throw new OtherContent();
        done += piece.length;
      }
    });
  } catch (error) {
    throwIfAborted(signal);
    const place = `${HOT_COPY_PATH}, ${done} bytes into what it holds`;
    if (error instanceof OtherContent) return failed(NAME, `${place}: root.img has something else`);
    if (!isZlibError(error)) throw error;
    return failed(NAME, `${place}: ${error.message}`);
  }
  return passed(NAME, `${HOT_COPY_PATH} holds the first ${done} bytes of root.img`);
}

class OtherContent extends Error {}

/** Node's own errors, by what zlib said: Z_DATA_ERROR, Z_BUF_ERROR. */
function isZlibError(error: unknown): error is Error {
  return error instanceof Error && /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
}
