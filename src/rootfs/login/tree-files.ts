import type { ByteString } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { Source } from '../source.js';
import {
  type Directory,
  fileFromContent,
  type InodeAttributes,
  lookup,
  type RegularFile,
  realPath,
} from '../tree.js';

/** Owned by root; build after build the same. */
export function rootOwned(mode: number): InodeAttributes {
  return { mode, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, xattrs: [] };
}

/** The contents of those of the paths that are regular files, symlinks followed. */
export async function readTreeFiles(
  source: Source,
  paths: readonly ByteString[],
): Promise<Map<ByteString, Buffer>> {
  const files = new Map<ByteString, RegularFile>();
  for (const path of paths) {
    const inode = lookup(source.root, path);
    if (inode?.kind === 'file') files.set(path, inode);
  }
  const contents = await source.fetch([...files.values()]);
  return new Map([...files].map(([path, file]) => [path, contents.get(file) ?? Buffer.alloc(0)]));
}

/**
 * Writes a file into the tree. One that exists keeps its owner, mode, time and xattrs; `fallback` is
 * for a new one.
 * @throws SnapdiscError `rootfs.path` when something that is no directory or no file is in the way.
 */
export function writeTreeFile(
  root: Directory,
  path: ByteString,
  content: Uint8Array,
  fallback: InodeAttributes = rootOwned(0o644),
): void {
  // A symlink to a file stays; one that leads nowhere is replaced.
  const target = realPath(root, path) ?? path;
  const slash = target.lastIndexOf('/');
  const parent = makeDirectories(root, target.slice(0, Math.max(slash, 0)));
  const name = target.slice(slash + 1);
  const present = parent.entries.get(name);
  if (present?.kind === 'directory') throw inTheWay(path);
  const { mode, uid, gid, mtime, xattrs } = present?.kind === 'file' ? present : fallback;
  parent.entries.set(name, fileFromContent(content, { mode, uid, gid, mtime, xattrs }));
}

/** The directory at `path`, made with its parents where missing: root's, mode 755. */
export function makeDirectories(root: Directory, path: ByteString): Directory {
  let made = '';
  let directory = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    made = `${made}/${name}`;
    const found = lookup(root, made);
    if (found !== undefined && found.kind !== 'directory') throw inTheWay(made);
    const next: Directory = found ?? { ...rootOwned(0o755), kind: 'directory', entries: new Map() };
    if (found === undefined) {
      if (directory.entries.has(name)) throw inTheWay(made);
      directory.entries.set(name, next);
    }
    directory = next;
  }
  return directory;
}

function inTheWay(path: ByteString): SnapdiscError {
  return new SnapdiscError(
    'rootfs.path',
    `${path} in the root filesystem is not what it should be: something else is in its place.`,
    { hint: 'Repair it there and build again.' },
  );
}
