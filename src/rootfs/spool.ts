import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SnapdiscError } from '../errors.js';

export interface Spool {
  readonly path: string;
  /** Deletes it; may be called twice. */
  remove(): Promise<void>;
}

/**
 * Writes a stream to a temporary file, since a source is read twice.
 * @throws SnapdiscError `source.spool` when the disk is full or the stream breaks; the reason of `signal`.
 */
export async function spoolStream(
  input: Readable,
  parent = tmpdir(),
  signal?: AbortSignal,
): Promise<Spool> {
  let directory: string | undefined;
  const remove = async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    directory = await mkdtemp(join(parent, 'snapdisc-spool-'));
    const path = join(directory, 'source');
    const output = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    await pipeline(input, output, signal === undefined ? {} : { signal });
    return { path, remove };
  } catch (error) {
    await remove();
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new SnapdiscError(
      'source.spool',
      `The source could not be spooled to a temporary file in ${parent}: ${reason}.`,
      {
        hint: 'Free some space there, set TMPDIR to a larger disk, or give a file instead.',
        cause: error,
      },
    );
  }
}
