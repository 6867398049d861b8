import { type ByteString, printable } from '../bytes.js';
import type { Directory, Inode } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { FAST_SYMLINK_LENGTH, MAX_LINKS } from './constants.js';
import { countDirectoryBlocks } from './directory.js';
import { NO_EXTENTS } from './extent-store.js';
import { checkInode, checkName } from './input-checks.js';
import { Problems } from './problems.js';
import { type XattrBlock, XattrSharing } from './xattr-sharing.js';

/** An inode of the tree and what the plan knows about it. */
export class PlannedInode {
  /** The inode number, from 1. */
  number = 0;
  links = 0;
  /** File blocks of a directory or a slow symlink; files have theirs in their runs. */
  ownBlocks: Block4096 = 0;
  xattrs: XattrBlock | undefined;
  /** List of data extents in the layout's store. */
  data = NO_EXTENTS;
  /** List of indirect blocks in the layout's store. */
  nodes = NO_EXTENTS;

  constructor(
    readonly inode: Inode,
    /** The directory where it was met first; the root has none. */
    readonly parent: PlannedInode | undefined,
    readonly name: ByteString,
  ) {}
}

/** Every inode of the tree once, in the order of walk(). */
export interface Inventory {
  readonly root: PlannedInode;
  readonly lostAndFound: PlannedInode | undefined;
  readonly inodes: readonly PlannedInode[];
  readonly planned: ReadonlyMap<Inode, PlannedInode>;
  readonly xattrBlocks: readonly XattrBlock[];
}

const LOST_AND_FOUND = 'lost+found';

/** A directory's entries in byte order of their names. */
export function sortedEntries(directory: Directory): [ByteString, Inode][] {
  // Names hold chars 0 to 255 only, so that the default order by UTF-16 unit is byte order.
  const names = [...directory.entries.keys()].sort();
  const entries: [ByteString, Inode][] = [];
  for (const name of names) {
    const inode = directory.entries.get(name);
    if (inode !== undefined) entries.push([name, inode]);
  }
  return entries;
}

/** The path of an inode under its first name, for messages. */
export function pathOf(planned: PlannedInode): string {
  const names: ByteString[] = [];
  for (let step = planned; step.parent !== undefined; step = step.parent) names.push(step.name);
  return `/${printable(names.reverse().join('/'))}`;
}

/**
 * Takes stock of a tree: every inode once, its links counted, its directory blocks counted, its
 * xattrs shared, a lost+found (made at `created`, unix seconds) among them. `root` stays as it is.
 * @throws SnapdiscError `source.*` listing everything that ext2 cannot hold.
 */
export function takeInventory(root: Directory, created: number): Inventory {
  return new InventoryTaker(root, created).take();
}

/** The root with a lost+found, which e2fsck wants to find; one that is there stays as it is. */
function withLostAndFound(root: Directory, created: number): Directory {
  if (root.entries.has(LOST_AND_FOUND)) return root;
  const mtime = { seconds: created, nanoseconds: 0 };
  const owner = { mode: 0o700, uid: 0, gid: 0, mtime, xattrs: [] };
  const lostAndFound: Directory = { ...owner, kind: 'directory', entries: new Map() };
  return { ...root, entries: new Map([...root.entries, [LOST_AND_FOUND, lostAndFound]]) };
}

interface Visit {
  readonly parent: PlannedInode;
  readonly name: ByteString;
  readonly inode: Inode;
}

class InventoryTaker {
  readonly #inodes: PlannedInode[] = [];
  readonly #planned = new Map<Inode, PlannedInode>();
  readonly #sharing = new XattrSharing();
  readonly #problems = new Problems();
  readonly #root: PlannedInode;
  /** An explicit stack: trees may be thousands of levels deep. */
  readonly #stack: Visit[] = [];

  constructor(root: Directory, created: number) {
    this.#root = new PlannedInode(withLostAndFound(root, created), undefined, '');
    // The caller knows the root by its own object.
    this.#planned.set(root, this.#root);
  }

  take(): Inventory {
    this.#admit(this.#root);
    for (let visit = this.#stack.pop(); visit !== undefined; visit = this.#stack.pop()) {
      this.#visit(visit);
    }
    for (const planned of this.#inodes) this.#checkLinks(planned);
    this.#problems.throwIfAny();
    const root = this.#root;
    const top = (root.inode as Directory).entries.get(LOST_AND_FOUND);
    const lostAndFound = top?.kind === 'directory' ? this.#planned.get(top) : undefined;
    const xattrBlocks = this.#sharing.blocks;
    return { root, lostAndFound, inodes: this.#inodes, planned: this.#planned, xattrBlocks };
  }

  #visit({ parent, name, inode }: Visit): void {
    const known = this.#planned.get(inode);
    checkName(name, () => pathOf(new PlannedInode(inode, parent, name)), this.#problems);
    if (known === undefined) {
      const planned = new PlannedInode(inode, parent, name);
      if (inode.kind === 'directory') parent.links++;
      planned.links = 1;
      this.#admit(planned);
    } else if (inode.kind === 'directory') {
      const path = pathOf(new PlannedInode(inode, parent, name));
      this.#problems.add(
        'source.corrupt',
        `${path} is the same directory as ${pathOf(known)}; a directory can have only one name.`,
        'Make the root filesystem again.',
      );
    } else {
      known.links++;
    }
  }

  #admit(planned: PlannedInode): void {
    const { inode } = planned;
    this.#inodes.push(planned);
    this.#planned.set(inode, planned);
    const path = () => pathOf(planned);
    checkInode(inode, path, this.#problems);
    const xattrs = this.#sharing.blockFor(inode.xattrs);
    if (xattrs !== undefined && 'code' in xattrs) {
      const hint = 'Remove the attribute from the source with setfattr -x, or exclude the file.';
      this.#problems.add(xattrs.code, `Cannot store ${path()}: ${xattrs.message}.`, hint);
    } else {
      planned.xattrs = xattrs;
    }
    if (inode.kind === 'symlink' && inode.target.length > FAST_SYMLINK_LENGTH)
      planned.ownBlocks = 1;
    if (inode.kind !== 'directory') return;
    // Its name and its `.`; each subdirectory's `..` adds one.
    planned.links = 2;
    const entries = sortedEntries(inode);
    planned.ownBlocks = countDirectoryBlocks(entries.map(([name]) => name));
    for (const [name, child] of entries.reverse()) {
      this.#stack.push({ parent: planned, name, inode: child });
    }
  }

  #checkLinks(planned: PlannedInode): void {
    if (planned.links <= MAX_LINKS) return;
    const what = planned.inode.kind === 'directory' ? 'subdirectories' : 'names';
    this.#problems.add(
      'source.too-many-links',
      `${pathOf(planned)} has too many ${what}: ${planned.links} links, and ext2 has ${MAX_LINKS} at most.`,
      'Spread them over several directories or copy the file.',
    );
  }
}
