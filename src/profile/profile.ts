import { type ByteString, byteStringFromText, fromPrintable } from '../bytes.js';
import { IntervalSet } from '../ext2/interval-set.js';
import { compilePath, matchesPath, type PathPattern } from '../rootfs/path-pattern.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';

/**
 * A boot profile: what a boot read of a disc, in the order of first access. It names files and blocks of
 * files, never places of the disc, so that it holds for the next disc too. Pure.
 */

/** What is counted in which unit: see `BYTES`. */
export const PROFILE_KINDS = [
  /** A file of the disc beside the root filesystem. */
  'disc',
  /** The inode itself; the block is 0. */
  'inode',
  'directory',
  'symlink',
  /** The block of xattrs; the block is 0. */
  'xattr',
  /** Indirect blocks by their level; the block is the first of the file that it leads to. */
  'indirect1',
  'indirect2',
  'indirect3',
  'data',
] as const;
export type ProfileKind = (typeof PROFILE_KINDS)[number];

/** Bytes of one block of each kind. */
const BYTES: Partial<Record<ProfileKind, number>> = { disc: ISO_BLOCK, inode: 256 };

/** Blocks of one file that were asked for together. */
export interface ProfileEntry {
  /** From power-on to the first access, in whole milliseconds. */
  readonly milliseconds: number;
  readonly kind: ProfileKind;
  /** Without a leading slash; '' is the root directory. */
  readonly path: ByteString;
  readonly first: number;
  readonly count: number;
}

/** Ascending by time, no block twice. */
export interface Profile {
  readonly entries: readonly ProfileEntry[];
}

/** The disc's files beside the root filesystem, in the order of their first accesses. */
export function discFilesInOrder({ entries }: Profile): ByteString[] {
  return [...new Set(entries.filter(({ kind }) => kind === 'disc').map(({ path }) => path))];
}

/** Whether a kind has blocks that are counted; the others have one. */
export function hasBlocks(kind: ProfileKind): boolean {
  return kind !== 'inode' && kind !== 'xattr';
}

export function entryBytes({ kind, count }: ProfileEntry): number {
  return count * (BYTES[kind] ?? EXT2_BLOCK);
}

/** A profile of accesses in any order: of each block the first counts; of equal times, the one given first. */
export function profileOf(accesses: Iterable<ProfileEntry>): Profile {
  const known = new Map<string, IntervalSet>();
  const entries: ProfileEntry[] = [];
  const sorted = [...accesses].sort((a, b) => a.milliseconds - b.milliseconds);
  for (const access of sorted) {
    const { kind, path, first, count } = access;
    const key = `${kind} ${path}`;
    const blocks = known.get(key) ?? new IntervalSet();
    known.set(key, blocks);
    for (const { start, end } of blocks.add(first, first + count)) {
      addEntry(entries, { ...access, first: start, count: end - start });
    }
  }
  return { entries };
}

/** What goes on where the last one ended, at the same time, is one access. */
function addEntry(entries: ProfileEntry[], entry: ProfileEntry): void {
  const last = entries.at(-1);
  const goesOn =
    last?.kind === entry.kind &&
    last.path === entry.path &&
    last.milliseconds === entry.milliseconds &&
    last.first + last.count === entry.first &&
    !entry.kind.startsWith('indirect');
  if (!goesOn) entries.push(entry);
  else entries[entries.length - 1] = { ...last, count: last.count + entry.count };
}

/** Everything that is in one of the profiles, at its earliest time. */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  return profileOf(profiles.flatMap(({ entries }) => entries));
}

export interface ProfileExclusion {
  readonly profile: Profile;
  /** The globs or paths that matched nothing, probably mistyped. */
  readonly unmatched: readonly string[];
}

/**
 * The profile without what the globs match and what is below it; the globs are those of `--exclude`.
 * @throws SnapdiscError `usage.exclude`
 */
export function withoutGlobs(profile: Profile, globs: readonly string[]): ProfileExclusion {
  const patterns = globs.map(compilePath);
  const matched = new Set<PathPattern>();
  const verdicts = new Map<string, boolean>();
  const isGone = ({ kind, path }: ProfileEntry) => {
    const key = `${kind === 'directory' ? '/' : ''}${path}`;
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const matching = patterns.filter((pattern) => matchesUpwards(pattern, path, kind));
    for (const pattern of matching) matched.add(pattern);
    verdicts.set(key, matching.length > 0);
    return matching.length > 0;
  };
  const remaining = profileOf(profile.entries.filter((entry) => !isGone(entry)));
  const unmatched = globs.filter((_, index) => {
    const pattern = patterns[index];
    return pattern !== undefined && !matched.has(pattern);
  });
  return { profile: remaining, unmatched };
}

/** Whether a pattern matches a path or one of the directories above it. */
function matchesUpwards(pattern: PathPattern, path: ByteString, kind: ProfileKind): boolean {
  const names = path.split('/').filter((name) => name !== '');
  return names.some((_, index) => {
    const isDirectory = index < names.length - 1 || kind === 'directory';
    return matchesPath(pattern, names.slice(0, index + 1), isDirectory);
  });
}

/**
 * The profile without these paths and what is below them. They are as people see them: bytes that are no text
 * are `\xNN`, and `disc:` before a path leaves alone what has it in the root filesystem.
 */
export function withoutPaths(profile: Profile, paths: readonly string[]): ProfileExclusion {
  const removals = paths.map((path) => ({ path, isGone: belowPath(path) }));
  const { entries } = profile;
  const remaining = entries.filter((entry) => !removals.some(({ isGone }) => isGone(entry)));
  const unmatched = removals.filter(({ isGone }) => !entries.some(isGone));
  return { profile: profileOf(remaining), unmatched: unmatched.map(({ path }) => path) };
}

/** Whether an entry is of a path, which may have slashes at its ends, or below it. */
function belowPath(shown: string): (entry: ProfileEntry) => boolean {
  const [, disc, text = ''] = /^(disc:(?=\/))?(.*)$/s.exec(shown) ?? [];
  const wanted = (fromPrintable(text) ?? byteStringFromText(text)).replace(/^\/+|\/+$/g, '');
  return ({ kind, path }) =>
    (disc === undefined || kind === 'disc') &&
    (wanted === '' || path === wanted || path.startsWith(`${wanted}/`));
}
