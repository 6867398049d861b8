import type { BigIntStats } from 'node:fs';
import { SnapdiscError } from '../errors.js';

/** What tells that a file is still the one that was opened, and unchanged. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export function identityOf(stats: BigIntStats): FileIdentity {
  return { device: stats.dev, inode: stats.ino, size: stats.size, mtimeNs: stats.mtimeNs };
}

export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.device === b.device && a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs
  );
}

/** Errors that tell of a file that is gone, or of what took its place: a symlink, a socket, a directory. */
export const GONE = /^(?:ENOENT|ENOTDIR|ELOOP|ENXIO|ESTALE)$/;

/** The error about something that is not what pass 1 saw. */
export function changed(what: string, cause?: unknown): SnapdiscError {
  return new SnapdiscError('source.changed', `${what} changed while it was read.`, {
    hint: 'Build again when nothing writes to the source; take a snapshot or a copy of a running system.',
    cause,
  });
}
