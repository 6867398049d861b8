import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SnapdiscError } from '../errors.js';
import type { Environment } from './environment.js';
import { MAX_YAML_BYTES } from './yaml-document.js';

/** The recipe that `snapdisc build` takes when nothing else is named. */
export const DEFAULT_RECIPE = 'snapdisc.yaml';

/** Where the user's settings are, after the XDG Base Directory Specification. */
export function userFilePath(environment: Environment): string | undefined {
  const { XDG_CONFIG_HOME: settings, HOME: home } = environment;
  const base =
    settings !== undefined && isAbsolute(settings)
      ? settings
      : home !== undefined && isAbsolute(home)
        ? join(home, '.config')
        : undefined;
  return base === undefined ? undefined : join(base, 'snapdisc', 'config.yaml');
}

/**
 * The bytes of a file of settings, one more than may be where it is too long. A file or a pipe.
 * @returns undefined where there is none
 * @throws SnapdiscError `usage.recipe-unreadable`
 */
export async function readSettingsFile(path: string): Promise<Buffer | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await readStart(file, MAX_YAML_BYTES + 1);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = code === 'EISDIR' ? 'it is a directory' : message;
    throw new SnapdiscError('usage.recipe-unreadable', `${path} cannot be read: ${why}.`, {
      hint: 'Check its permissions, or name another file.',
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

/** Reads to the end, or `most` bytes. A pipe gives what it has, again and again. */
async function readStart(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.alloc(most);
  let length = 0;
  while (length < most) {
    const { bytesRead } = await file.read(buffer, length, most - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
