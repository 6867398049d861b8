import { type ByteString, printable } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';

export interface UnreadableFile {
  readonly path: ByteString;
  /** The system's error name: EACCES. */
  readonly reason: string;
}

const LISTED = 10;

/** One `source.unreadable` error for all of them: the first ten by name, the rest counted. */
export function unreadable(source: string, files: readonly UnreadableFile[]): SnapdiscError {
  const lines = files
    .slice(0, LISTED)
    .map(({ path, reason }) => `  /${printable(path)} (${reason})`);
  if (files.length > LISTED) lines.push(`  and ${files.length - LISTED} more`);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return new SnapdiscError(
    'source.unreadable',
    `${count} in ${source} cannot be read:\n${lines.join('\n')}`,
    {
      hint: 'Run as a user who may read all of it, or have root make a tar archive: sudo tar --xattrs -C ROOTFS -cf rootfs.tar .',
    },
  );
}
