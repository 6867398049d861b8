import { isAbsolute } from 'node:path';
import { isDebianSource } from '../rootfs/debian/debian-source.js';
import { parseDestination } from './destination.js';
import { flagOf } from './names.js';
import type { RecipeField } from './recipe.js';

/**
 * A field's value with its relative paths taken from `folder`: a file means what lies around it,
 * wherever it is read from. Pure.
 */
export function fromFolder(field: RecipeField, value: unknown, folder: string): unknown {
  return mapPaths(field, value, (path) => below(folder, path));
}

/**
 * Changes the paths of this machine in a field's value; other fields, wrong values, standard input and
 * a Debian to be bootstrapped stay as they are. Pure.
 */
export function mapPaths(
  field: RecipeField,
  value: unknown,
  change: (path: string) => string,
): unknown {
  const isPath = (text: unknown): text is string =>
    typeof text === 'string' && text !== '' && text !== '-';
  const changed = (text: unknown) => (isPath(text) ? change(text) : text);
  if (field === 'source' && typeof value === 'string' && isDebianSource(value)) return value;
  // The source is an argument, the only field without a flag.
  const kind = flagOf(field)?.kind ?? 'path';
  if (kind === 'path') return changed(value);
  if (!Array.isArray(value)) return value;
  if (kind === 'paths') return value.map(changed);
  if (kind !== 'destinations') return value;
  return value.map((item: unknown) => {
    const parts = typeof item === 'string' ? parseDestination(item) : item;
    if (typeof parts !== 'object' || parts === null || !('from' in parts)) return item;
    return { ...parts, from: changed(parts.from) };
  });
}

/** Not `path.join`: it would drop `name/..`, which leads elsewhere when `name` is a symlink. */
function below(folder: string, path: string): string {
  if (folder === '.' || isAbsolute(path)) return path;
  return folder.endsWith('/') ? `${folder}${path}` : `${folder}/${path}`;
}
