import { rename, rm, writeFile } from 'node:fs/promises';
import { SnapdiscError } from './errors.js';
import { systemReason } from './system-error.js';

/**
 * Writes a small file; until it is whole, what was there before stays.
 * @throws SnapdiscError `output.write`
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new SnapdiscError('output.write', `${path} cannot be written: ${systemReason(cause)}.`, {
      hint: 'Choose a directory that is there and that you may write to.',
      cause,
    });
  }
}
