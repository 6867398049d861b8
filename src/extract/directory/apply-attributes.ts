import { chmodSync, lchownSync, lutimesSync } from 'node:fs';
import { throwIfAborted } from '../../build/write-disc.js';
import { type ByteString, byteString } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { Inode, Timestamp, Xattr } from '../../rootfs/tree.js';
import type { Refusals } from './refusals.js';
import { setXattrs, type XattrTarget } from './set-xattrs.js';

/** Namespaces that every owner of a file may write. */
const OPEN_NAMESPACES = ['user.', 'system.posix_acl_'];
const SPECIAL_BITS = 0o6000;

/**
 * Gives everything that was made its owner, xattrs, mode and time, in that order: a change of owner
 * takes capabilities and set-user-ID bits away, and a file must be writable for its xattrs.
 * @param paths of every inode its first path, directories before what they hold.
 * @param place the real place of a path.
 * @throws SnapdiscError `interrupted.signal`
 */
export async function applyAttributes(
  paths: ReadonlyMap<Inode, ByteString>,
  place: (path: ByteString) => Buffer,
  refusals: Refusals,
  signal: AbortSignal | undefined,
): Promise<void> {
  const lost = new Set<Inode>();
  for (const [inode, path] of paths) {
    if (!tryOwner(place(path), inode)) lost.add(inode);
  }
  refusals.owners = lost.size;
  await applyXattrs(paths, place, refusals, signal);
  // Last in, first out: a directory's time and mode come when nothing more changes in it.
  for (const [inode, path] of [...paths].reverse()) {
    const where = place(path);
    const mode = lost.has(inode) ? inode.mode & ~SPECIAL_BITS : inode.mode;
    if (inode.kind !== 'symlink') chmodSync(where, mode);
    const time = secondsOf(inode.mtime);
    lutimesSync(where, time, time);
  }
}

function tryOwner(where: Buffer, { uid, gid }: Inode): boolean {
  try {
    lchownSync(where, uid, gid);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EINVAL: an owner that this user namespace does not have.
    if (code === 'EPERM' || code === 'EINVAL') return false;
    throw error;
  }
}

async function applyXattrs(
  paths: ReadonlyMap<Inode, ByteString>,
  place: (path: ByteString) => Buffer,
  refusals: Refusals,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  const isOpen = ({ name }: Xattr) => OPEN_NAMESPACES.some((start) => name.startsWith(start));
  const targets: XattrTarget[] = [];
  for (const [inode, path] of paths) {
    const xattrs = isRoot ? inode.xattrs : inode.xattrs.filter(isOpen);
    if (xattrs.length < inode.xattrs.length) refusals.xattrs++;
    if (xattrs.length > 0) targets.push({ path: byteString(place(path)), xattrs });
  }
  if (targets.length === 0) return;
  try {
    await setXattrs(targets, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof SnapdiscError)) throw error;
    const [first = ''] = error.message.split('\n');
    refusals.xattrFailure = error.hint === undefined ? first : `${first} ${error.hint}`;
  }
}

/** Seconds as a double, all that Node takes; as text, since it takes negative numbers for "now". */
function secondsOf({ seconds, nanoseconds }: Timestamp): string {
  return String(seconds + nanoseconds / 1_000_000_000);
}
