import { readFile, stat } from 'node:fs/promises';
import { SnapdiscError } from '../errors.js';
import { systemReason } from '../system-error.js';
import { writeTextFile } from '../text-file.js';
import type { Profile } from './profile.js';
import { formatProfile, MAX_PROFILE_LENGTH, parseProfile } from './profile-file.js';

/** @throws SnapdiscError `usage.profile` */
export async function readProfile(path: string): Promise<Profile> {
  const text = await readText(path);
  try {
    return parseProfile(text);
  } catch (error) {
    if (!(error instanceof SnapdiscError)) throw error;
    const details = error.hint === undefined ? {} : { hint: error.hint };
    throw new SnapdiscError(error.code, `${path}: ${error.message}`, { ...details, cause: error });
  }
}

/** The text of a file that is small and UTF-8. */
export async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_PROFILE_LENGTH) throw new Error('it is over 64 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const reason = systemReason(cause);
    throw new SnapdiscError('usage.profile', `${path} cannot be read: ${reason}.`, {
      hint: 'Check the path, the permissions of the file, and what is in it.',
      cause,
    });
  }
}

/**
 * Writes a profile; until it is whole, what was there before stays.
 * @throws SnapdiscError `output.full`, `output.busy`, `output.failed`
 */
export async function writeProfile(path: string, profile: Profile): Promise<void> {
  await writeTextFile(path, formatProfile(profile));
}
