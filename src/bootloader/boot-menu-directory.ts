import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SnapdiscError } from '../errors.js';
import { MIB } from '../units.js';

/** A menu is held in memory; anything large belongs on the disc by --disc-include. */
const MAX_MENU_BYTES = 64 * MIB;

/**
 * Reads the user's own boot menu: every file below `directory`, symlinks to files followed, by path
 * inside it, in byte order. isolinux.cfg must be among them.
 * @throws SnapdiscError `usage.isolinux-dir`
 */
export async function readBootMenu(directory: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw unusable(directory, 'cannot be read as a directory', error);
    },
  );
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  let total = 0;
  const files = new Map<string, Uint8Array>();
  for (const path of paths) {
    const name = relative(directory, path);
    const status = await stat(path).catch((error: unknown) => {
      throw unusable(directory, `holds ${name}, which cannot be read`, error);
    });
    // Devices and fifos would block; a link to a directory may lead anywhere.
    if (!status.isFile()) {
      throw unusable(directory, `holds ${name}, which is neither a file nor a link to one`);
    }
    total += status.size;
    if (total > MAX_MENU_BYTES) throw unusable(directory, 'holds more than 64 MiB');
    files.set(
      name,
      await readFile(path).catch((error: unknown) => {
        throw unusable(directory, `holds ${name}, which cannot be read`, error);
      }),
    );
  }
  if (!files.has('isolinux.cfg')) throw unusable(directory, 'holds no isolinux.cfg');
  return files;
}

function unusable(directory: string, why: string, cause?: unknown): SnapdiscError {
  return new SnapdiscError('usage.isolinux-dir', `The boot menu ${directory} ${why}.`, {
    hint: 'Give --isolinux-dir a directory with isolinux.cfg and the files it names; docs/isolinux.md has an example.',
    cause,
  });
}
