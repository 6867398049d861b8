import type { ByteString } from '../bytes.js';

/**
 * The Tree: a root filesystem's metadata, in memory, the same for every kind of source.
 * An inode is one object; a hard link is the same object under several names.
 */

/** Seconds since 1970 (may be negative, may be past 2038) and nanoseconds 0 to 999,999,999. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface Xattr {
  /** Full name with its namespace, such as `security.capability`. */
  readonly name: ByteString;
  readonly value: Uint8Array;
}

export interface InodeAttributes {
  /** The low 12 bits: permissions, setuid, setgid, sticky. */
  mode: number;
  /** 0 to 2^32 - 1. */
  uid: number;
  gid: number;
  mtime: Timestamp;
  /** In any order, each name at most once. */
  xattrs: readonly Xattr[];
}

export interface Directory extends InodeAttributes {
  readonly kind: 'directory';
  readonly entries: Map<ByteString, Inode>;
}

/** A run of bytes that are stored; what lies between runs is a hole. */
export interface DataRun {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes, over 0. */
  readonly length: number;
}

export interface RegularFile extends InodeAttributes {
  readonly kind: 'file';
  /** Bytes, holes included. */
  readonly size: number;
  /** Ascending, not touching each other; `[]` for a file that is all hole or empty. */
  readonly runs: readonly DataRun[];
  /** Set for files the build made itself: their contents are here and not in the source. */
  readonly content?: Uint8Array;
}

export interface Symlink extends InodeAttributes {
  readonly kind: 'symlink';
  readonly target: ByteString;
}

export interface DeviceNode extends InodeAttributes {
  readonly kind: 'block' | 'char';
  /** 0 to 4,095. */
  readonly major: number;
  /** 0 to 1,048,575. */
  readonly minor: number;
}

export interface SpecialNode extends InodeAttributes {
  readonly kind: 'fifo' | 'socket';
}

export type Inode = Directory | RegularFile | Symlink | DeviceNode | SpecialNode;

/** The runs of a file without holes. */
export function wholeFile(size: number): readonly DataRun[] {
  return size > 0 ? [{ offset: 0, length: size }] : [];
}

/** A regular file whose contents the build made itself. */
export function fileFromContent(content: Uint8Array, attributes: InodeAttributes): RegularFile {
  const size = content.byteLength;
  return { ...attributes, kind: 'file', size, runs: wholeFile(size), content };
}

export interface TreeEntry {
  /** Without a leading slash; the root directory's own is ''. */
  readonly path: ByteString;
  readonly inode: Inode;
}

/**
 * Every name of the tree, parents before children, names in byte order, the root first.
 * Hard-linked inodes come once for each name.
 */
export function* walk(root: Directory, path: ByteString = ''): Generator<TreeEntry> {
  // An explicit stack: trees may be thousands of levels deep.
  const stack: TreeEntry[] = [{ path, inode: root }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    yield entry;
    if (entry.inode.kind !== 'directory') continue;
    const prefix = entry.path === '' ? '' : `${entry.path}/`;
    const names = [...entry.inode.entries].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [name, inode] of names) stack.push({ path: prefix + name, inode });
  }
}

const MAX_SYMLINKS = 40;

/**
 * The inode at `path`, following symlinks inside the tree as a chroot would (`..` stops at the
 * root), or undefined. `followLast: false` gives a symlink itself.
 */
export function lookup(
  root: Directory,
  path: ByteString,
  options: { followLast?: boolean } = {},
): Inode | undefined {
  const found = resolve(root, path, options.followLast ?? true);
  return found?.at(-1)?.inode;
}

/** The path `path` really has once every symlink on the way is followed, or undefined. */
export function realPath(root: Directory, path: ByteString): ByteString | undefined {
  return resolve(root, path, true)
    ?.slice(1)
    .map((step) => step.name)
    .join('/');
}

interface Step {
  readonly name: ByteString;
  readonly inode: Inode;
}

function resolve(root: Directory, path: ByteString, followLast: boolean): Step[] | undefined {
  const top: Step = { name: '', inode: root };
  let steps: Step[] = [top];
  const pending = path.split('/').reverse();
  let followed = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (steps.length > 1) steps.pop();
      continue;
    }
    const here = steps.at(-1)?.inode;
    if (here?.kind !== 'directory') return undefined;
    const inode = here.entries.get(name);
    if (inode === undefined) return undefined;
    const isLast = pending.every((rest) => rest === '');
    if (inode.kind !== 'symlink' || (isLast && !followLast)) {
      steps.push({ name, inode });
      continue;
    }
    if (++followed > MAX_SYMLINKS) return undefined;
    if (inode.target.startsWith('/')) steps = [top];
    pending.push(...inode.target.split('/').reverse());
  }
  return steps;
}
