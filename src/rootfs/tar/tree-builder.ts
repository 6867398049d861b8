import { type ByteString, printable } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { Directory, Inode, RegularFile } from '../tree.js';
import type { LocatedEntry } from './archive-steps.js';
import { escapeError, splitEntryPath } from './entry-path.js';

/** Linux takes no longer symlink. */
const MAX_TARGET_BYTES = 4095;

/**
 * Builds a Tree from archive entries as `tar x` would unpack them: a later entry replaces an earlier
 * one of the same name, missing parents are made. But nothing is ever placed through a symlink.
 */
export class TreeBuilder {
  readonly root: Directory = newDirectory();
  /** The last parent, since entries of one directory mostly come together. */
  #lastParent: { readonly path: string; readonly directory: Directory } | undefined;

  /**
   * @returns the new file, for regular files.
   * @throws SnapdiscError `source.escape`, `source.conflict` for what `tar x` could not unpack.
   */
  add(entry: LocatedEntry): RegularFile | undefined {
    const names = splitEntryPath(entry.path, 'entry');
    const name = names.pop();
    if (name === undefined) {
      if (entry.kind !== 'directory') throw conflict(entry, 'would replace the root directory');
      Object.assign(this.root, entry.attributes);
      return undefined;
    }
    const parent = this.#parent(names, entry);
    const present = parent.entries.get(name);
    if (entry.kind === 'directory' && present?.kind === 'directory') {
      Object.assign(present, entry.attributes);
      return undefined;
    }
    if (present?.kind === 'directory' && present.entries.size > 0) {
      throw conflict(entry, 'would replace a directory that is not empty');
    }
    // The directory that is replaced here may be the remembered parent.
    if (present?.kind === 'directory') this.#lastParent = undefined;
    const inode = entry.kind === 'hardlink' ? this.#linked(entry) : newInode(entry, entry.kind);
    parent.entries.set(name, inode);
    return inode.kind === 'file' && entry.kind === 'file' ? inode : undefined;
  }

  #parent(names: readonly ByteString[], entry: LocatedEntry): Directory {
    const path = names.join('/');
    if (this.#lastParent?.path === path) return this.#lastParent.directory;
    let directory = this.root;
    for (const name of names) {
      let next = directory.entries.get(name);
      if (next === undefined) {
        next = newDirectory();
        directory.entries.set(name, next);
      }
      if (next.kind === 'symlink') {
        throw escapeError(entry.path, 'entry', `lies behind the symlink "${printable(name)}"`);
      }
      if (next.kind !== 'directory') {
        throw conflict(entry, `needs "${printable(name)}" to be a directory, which it is not`);
      }
      directory = next;
    }
    this.#lastParent = { path, directory };
    return directory;
  }

  #linked(entry: LocatedEntry): Exclude<Inode, Directory> {
    let inode: Inode = this.root;
    for (const name of splitEntryPath(entry.linkTarget, 'hard link target')) {
      if (inode.kind === 'symlink') {
        throw escapeError(entry.linkTarget, 'hard link target', 'lies behind a symlink');
      }
      const next: Inode | undefined =
        inode.kind === 'directory' ? inode.entries.get(name) : undefined;
      if (next === undefined)
        throw conflict(entry, `${namesTarget(entry)} the archive has not before it`);
      inode = next;
    }
    if (inode.kind === 'directory') throw conflict(entry, `${namesTarget(entry)} is a directory`);
    return inode;
  }
}

function newDirectory(): Directory {
  const mtime = { seconds: 0, nanoseconds: 0 };
  return { kind: 'directory', mode: 0o755, uid: 0, gid: 0, mtime, xattrs: [], entries: new Map() };
}

function newInode(entry: LocatedEntry, kind: Exclude<LocatedEntry['kind'], 'hardlink'>): Inode {
  const { attributes } = entry;
  switch (kind) {
    case 'directory':
      return { ...attributes, kind, entries: new Map() };
    case 'file':
      return { ...attributes, kind, size: entry.size, runs: entry.runs };
    case 'symlink':
      return { ...attributes, kind, target: checkedTarget(entry) };
    case 'block':
    case 'char':
      return { ...attributes, kind, major: entry.major, minor: entry.minor };
    case 'fifo':
      return { ...attributes, kind };
  }
}

function checkedTarget(entry: LocatedEntry): ByteString {
  const { length } = entry.linkTarget;
  if (length === 0) throw conflict(entry, 'is a symlink to nowhere: its target is empty');
  if (length > MAX_TARGET_BYTES) throw conflict(entry, `has a symlink target of ${length} bytes`);
  return entry.linkTarget;
}

function namesTarget(entry: LocatedEntry): string {
  return `is a hard link whose target "${printable(entry.linkTarget.slice(0, 4096))}"`;
}

function conflict(entry: LocatedEntry, reason: string): SnapdiscError {
  return new SnapdiscError(
    'source.conflict',
    `The tar archive cannot be unpacked: its entry "${printable(entry.path.slice(0, 4096))}" at byte ${entry.position} ${reason}.`,
    {
      hint: 'Create the archive again, in one go and of a directory that does not change meanwhile.',
    },
  );
}
