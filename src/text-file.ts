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
    // What cannot be removed, such as a directory of that name, must not hide why.
    await rm(partial, { force: true }).catch(() => undefined);
    const { syscall } = cause as NodeJS.ErrnoException;
    const place = syscall === 'rename' ? path : partial;
    throw new SnapdiscError('output.write', `${place} cannot be written: ${systemReason(cause)}.`, {
      hint: 'Choose a directory that is there and that you may write to.',
      cause,
    });
  }
}
