import type { ByteString } from '../../bytes.js';
import type { Source } from '../source.js';
import {
  type Directory,
  fileFromContent,
  type Inode,
  lookup,
  type RegularFile,
  walk,
} from '../tree.js';
import { makeDirectories } from './tree-files.js';

/**
 * Makes the user's home from /etc/skel, as useradd does: everything in it is a copy that belongs to
 * the user. A home that exists is left alone.
 */
export async function makeHome(
  source: Source,
  home: ByteString,
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const { root } = source;
  if (lookup(root, home)?.kind === 'directory') return;
  const skeleton = lookup(root, 'etc/skel');
  const files = skeleton?.kind === 'directory' ? regularFiles(skeleton) : [];
  const contents = await source.fetch(files);
  const directory = makeDirectories(root, home);
  Object.assign(directory, owner);
  if (skeleton?.kind !== 'directory') return;
  directory.mtime = skeleton.mtime;
  copyEntries(skeleton, directory, (inode) => ownedCopy(inode, owner, contents));
}

function regularFiles(directory: Directory): RegularFile[] {
  return [...walk(directory)].flatMap(({ inode }) => (inode.kind === 'file' ? [inode] : []));
}

function copyEntries(
  from: Directory,
  to: Directory,
  copy: (inode: Exclude<Inode, Directory>) => Inode,
): void {
  const pending = [{ from, to }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [name, inode] of next.from.entries) {
      if (inode.kind !== 'directory') {
        next.to.entries.set(name, copy(inode));
        continue;
      }
      const { uid, gid } = next.to;
      const directory: Directory = { ...inode, uid, gid, entries: new Map() };
      next.to.entries.set(name, directory);
      pending.push({ from: inode, to: directory });
    }
  }
}

function ownedCopy(
  inode: Exclude<Inode, Directory>,
  owner: { readonly uid: number; readonly gid: number },
  contents: ReadonlyMap<RegularFile, Buffer>,
): Inode {
  if (inode.kind !== 'file') return { ...inode, ...owner };
  return fileFromContent(contents.get(inode) ?? Buffer.alloc(0), {
    ...attributes(inode),
    ...owner,
  });
}

function attributes({ mode, uid, gid, mtime, xattrs }: RegularFile) {
  return { mode, uid, gid, mtime, xattrs };
}
