import type { ByteString } from '../bytes.js';
import { compilePath, matchesPath, type PathPattern } from './path-pattern.js';
import type { Directory } from './tree.js';

export interface Exclusion {
  /** Names that are gone, those below a directory that is gone included. */
  readonly removed: number;
  /** The globs that matched nothing, probably mistyped. */
  readonly unmatched: readonly string[];
}

/**
 * Removes what the globs match from the tree, directories with all that is below them. The globs are
 * those of rsync and tar: without a slash they match a name at any depth, with one the end of a path,
 * with a leading one the path from the root; `*` and `?` never match a slash, `**` does; a trailing
 * slash means directories only, `/**` what is below a directory but not itself.
 * @throws SnapdiscError `usage.exclude` for a glob that says nothing.
 */
export function excludePaths(root: Directory, globs: readonly string[]): Exclusion {
  const patterns = globs.map(compilePath);
  const matched = new Set<PathPattern>();
  let removed = 0;
  // Below a directory that goes, the walk goes on: it tells what else the globs match.
  const pending = [{ directory: root, path: [] as readonly ByteString[], isGone: false }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [name, inode] of next.directory.entries) {
      const path = [...next.path, name];
      const isDirectory = inode.kind === 'directory';
      let isGone = next.isGone;
      for (const pattern of patterns) {
        if (!matchesPath(pattern, path, isDirectory)) continue;
        matched.add(pattern);
        isGone = true;
      }
      if (isGone) removed++;
      if (isGone && !next.isGone) next.directory.entries.delete(name);
      if (isDirectory) pending.push({ directory: inode, path, isGone });
    }
  }
  const unmatched = globs.filter((_, index) => {
    const pattern = patterns[index];
    return pattern !== undefined && !matched.has(pattern);
  });
  return { removed, unmatched };
}
