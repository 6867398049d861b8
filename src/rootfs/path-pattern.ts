import { type ByteString, byteStringFromText } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { compileName, matchesName, matchWithStars, type NamePattern } from './glob.js';

/** A glob, compiled: one pattern for each name of a path, `**` for any number of names. */
export interface PathPattern {
  readonly names: readonly (NamePattern | '**')[];
  readonly directoriesOnly: boolean;
}

/**
 * Compiles a glob as rsync and tar have it: without a slash it matches a name at any depth, with one the
 * end of a path, with a leading one the path from the root; `*` and `?` never match a slash, `**` does.
 * @throws SnapdiscError `usage.exclude` for a glob that says nothing.
 */
export function compilePath(glob: string): PathPattern {
  const bytes = byteStringFromText(glob);
  const names = bytes.split('/').filter((part) => part !== '' && part !== '.');
  if (names.length === 0 || names.includes('..')) {
    throw new SnapdiscError('usage.exclude', `The glob "${glob}" matches no path.`, {
      hint: 'Globs look like *.pyc, /var/cache/** or usr/share/doc; ".." is never followed.',
    });
  }
  const compiled = names.map((part) => (part === '**' ? part : compileName(part)));
  // What is below a directory is at least one name, which a star stands for.
  if (compiled.at(-1) === '**') compiled.push(compileName('*'));
  const isAnchored = /^\.?\//.test(bytes);
  return {
    names: isAnchored ? compiled : ['**', ...compiled],
    directoriesOnly: bytes.endsWith('/'),
  };
}

/** @param path the names of a path, from the root on. */
export function matchesPath(
  { names, directoriesOnly }: PathPattern,
  path: readonly ByteString[],
  isDirectory: boolean,
): boolean {
  if (directoriesOnly && !isDirectory) return false;
  return matchWithStars(
    names,
    path.length,
    (element) => element === '**',
    (element, at) => element !== '**' && matchesName(element, path[at] ?? ''),
  );
}
