import { type ByteString, printable } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';

/** Linux takes no longer name. */
const MAX_NAME_BYTES = 255;

/**
 * The names of an archive path from the root on; [] is the root itself (`./`).
 * @throws SnapdiscError `source.escape` for absolute paths and `..`, `source.name-too-long`.
 */
export function splitEntryPath(path: ByteString, role: string): ByteString[] {
  if (path.startsWith('/')) throw escapeError(path, role, 'is an absolute name');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw escapeError(path, role, 'has ".." in it');
  const long = names.find((name) => name.length > MAX_NAME_BYTES);
  if (long !== undefined) {
    throw new SnapdiscError(
      'source.name-too-long',
      `A name in the tar archive has ${long.length} bytes, more than the ${MAX_NAME_BYTES} that Linux takes: "${printable(long.slice(0, 40))}...".`,
      {
        hint: 'Rename the file and create the archive again, or leave it out with --exclude of tar.',
      },
    );
  }
  return names;
}

/** A `source.escape` error: the entry would leave the root when unpacked. */
export function escapeError(path: ByteString, role: string, reason: string): SnapdiscError {
  return new SnapdiscError(
    'source.escape',
    `The tar archive's ${role} "${printable(path.slice(0, 4096))}" ${reason}, so it could lead out of the root filesystem.`,
    { hint: 'Create the archive with names relative to the root: tar -C ROOTFS -cf ARCHIVE .' },
  );
}
