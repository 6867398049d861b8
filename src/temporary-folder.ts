import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SnapdiscError } from './errors.js';
import { systemReason } from './system-error.js';

/**
 * Makes a folder that nobody else can enter, in the folder for temporary files.
 * @param purpose a word of its name.
 * @throws SnapdiscError `output.full`, `output.temporary`
 */
export async function makeTemporaryFolder(purpose: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), `snapdisc-${purpose}-`));
  } catch (cause) {
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new SnapdiscError(
      isFull ? 'output.full' : 'output.temporary',
      `Temporary files cannot be made in ${tmpdir()}: ${systemReason(cause)}.`,
      { hint: 'Set TMPDIR to a directory that is there and that you may write to.', cause },
    );
  }
}
