import { type ByteString, printable } from '../bytes.js';
import type { DriveUse } from '../profile/drive-use.js';
import { entryBytes, type Profile } from '../profile/profile.js';
import { formatBytes, formatCount, formatTable } from './format.js';

interface FileRow {
  readonly milliseconds: number;
  bytes: number;
}

/** A profile as people read it: each file once, at its first access, and the sum. Pure. */
export function profileLines({ entries }: Profile): string[] {
  const files = new Map<ByteString, FileRow>();
  let inodes = 0;
  for (const entry of entries) {
    // An inode is read with seven others: that says little of its file.
    if (entry.kind === 'inode') {
      inodes++;
      continue;
    }
    const name = `${entry.kind === 'disc' ? 'disc:' : ''}/${entry.path}`;
    const row = files.get(name) ?? { milliseconds: entry.milliseconds, bytes: 0 };
    row.bytes += entryBytes(entry);
    files.set(name, row);
  }
  const rows = [...files].map(([name, { milliseconds, bytes }]) => {
    return [`${(milliseconds / 1000).toFixed(3)} s`, formatBytes(bytes), printable(name)];
  });
  const bytes = [...files.values()].reduce((sum, row) => sum + row.bytes, 0);
  const sum = `${formatCount(files.size)} files and directories, ${formatBytes(bytes)}, in ${formatCount(entries.length)} accesses; ${formatCount(inodes)} inodes.`;
  return [...formatTable(rows, ['right', 'right', 'left']), sum];
}

/** What the drive was busy with, as people read it. Pure. */
export function driveUseLines(uses: readonly DriveUse[]): string[] {
  const rows = uses.map(({ kind, headMoves, bytes, seconds }) => [
    kind,
    `${formatCount(headMoves)} moves`,
    formatBytes(bytes),
    `${seconds.toFixed(1)} s`,
  ]);
  return formatTable(rows, ['left', 'right', 'right', 'right']).map((line) => `  ${line}`);
}
