import type { BlockRange } from '../ext2/index.js';
import type { Directory, Inode, RegularFile } from '../rootfs/tree.js';
import { EXT2_BLOCK, MIB } from '../units.js';
import type { Profile, ProfileEntry, ProfileKind } from './profile.js';
import { type Successor, Successors } from './successor.js';

/** A profile in terms of one root filesystem. */
export interface ProfileFit {
  /** What the profile says is read, in its order; inodes that are read and nothing of them, last. */
  readonly ranges: readonly BlockRange[];
  /** Paths of the root filesystem of which the profile has contents. */
  readonly paths: number;
  /** Those of them that are not there, and nothing that could be what has become of them. */
  readonly missing: number;
}

/**
 * Finds what a profile names in the tree of `root`. Blocks may be past a file's end, and are passed over
 * by who places them. Pure.
 */
export function hotRanges(profile: Profile, root: Directory): ProfileFit {
  const successors = new Successors(root);
  const contents = profile.entries.filter(({ kind }) => kind !== 'disc' && kind !== 'inode');
  const fitting: { entry: ProfileEntry; found: Successor }[] = [];
  const paths = new Set<string>();
  const missing = new Set<string>();
  const read = new Set<Inode>();
  for (const entry of contents) {
    paths.add(entry.path);
    const found = find(successors, entry);
    if (found === undefined) {
      missing.add(entry.path);
      continue;
    }
    read.add(found.inode);
    fitting.push({ entry, found });
  }
  // Where files go by other names, those of the same packages or processor have other contents by the names
  // they had; which these are, names do not tell. One alone may have its name by chance.
  const others = new Set(
    fitting.filter(({ found }) => found.isOther).map(({ found }) => found.path),
  );
  const isOther = others.size > 1;
  const ranges = fitting.map(({ entry, found: { inode } }) =>
    isOther && inode.kind === 'file' ? wholeRange(entry, inode) : rangeOf(entry, inode),
  );
  ranges.push(...inodesOnly(profile, successors, read));
  return { ranges, paths: paths.size, missing: missing.size };
}

function find(successors: Successors, { kind, path }: ProfileEntry): Successor | undefined {
  const isFollowed = kind === 'data' || kind === 'directory';
  const found = isFollowed ? successors.findTarget(path) : successors.find(path);
  return found !== undefined && holds(found.inode, kind) ? found : undefined;
}

/** Whether an inode can have what the profile says was read. */
function holds({ kind }: Inode, what: ProfileKind): boolean {
  if (what === 'data') return kind === 'file';
  if (what === 'directory' || what === 'symlink') return kind === what;
  return what === 'xattr' || kind === 'file' || kind === 'directory';
}

/** Bytes: of larger files, few blocks are read. */
const LARGE = 4 * MIB;

/** Of a file with other contents, other blocks are read: it lies there whole, from where the first of them is read. */
function wholeRange(entry: ProfileEntry, file: RegularFile): BlockRange {
  if (file.size > LARGE || entry.kind === 'xattr') return rangeOf(entry, file);
  return { inode: file, firstBlock: 0, count: Math.ceil(file.size / EXT2_BLOCK) };
}

/** Blocks that one indirect block of each level leads to. */
const SPANS: Partial<Record<ProfileKind, number>> = {
  indirect1: 1024,
  indirect2: 1024 ** 2,
  indirect3: 1024 ** 3,
};

function rangeOf({ kind, first, count }: ProfileEntry, inode: Inode): BlockRange {
  const span = SPANS[kind];
  if (span !== undefined) return { inode, firstBlock: first, count: span, isIndirect: true };
  if (kind === 'xattr') return { inode, firstBlock: 0, count: 0, isXattr: true };
  return { inode, firstBlock: first, count };
}

/**
 * Inodes of which no contents were read. Eight share a sector and a read takes many sectors, so most of
 * those in a profile were not wanted. Left are those in directories that were read, first all but files with
 * contents: an inode is all that is read of a short symlink, an empty file or what is mounted over.
 */
function inodesOnly(
  { entries }: Profile,
  successors: Successors,
  read: ReadonlySet<Inode>,
): BlockRange[] {
  const empty: BlockRange[] = [];
  const others: BlockRange[] = [];
  for (const { kind, path } of entries) {
    if (kind !== 'inode') continue;
    const inode = successors.find(path)?.inode;
    const parent = successors.findTarget(path.slice(0, Math.max(path.lastIndexOf('/'), 0)))?.inode;
    if (inode === undefined || read.has(inode) || parent === undefined || !read.has(parent)) {
      continue;
    }
    const hasContents = inode.kind === 'file' && inode.size > 0;
    (hasContents ? others : empty).push({ inode, firstBlock: 0, count: 0 });
  }
  return [...empty, ...others];
}
