import { isAbsolute } from 'node:path';
import { parseDestination } from './destination.js';
import { flagOf } from './names.js';
import type { RecipeField } from './recipe.js';

/**
 * A field's value with its relative paths taken from `folder`: a file means what lies around it,
 * wherever it is read from. Wrong values are left to the check. Pure.
 */
export function fromFolder(field: RecipeField, value: unknown, folder: string): unknown {
  const path = (text: unknown) => (typeof text === 'string' ? below(folder, text) : text);
  // The source is an argument, the only field without a flag.
  const kind = flagOf(field)?.kind ?? 'path';
  if (kind === 'path') return path(value);
  if (!Array.isArray(value)) return value;
  if (kind === 'paths') return value.map(path);
  if (kind !== 'destinations') return value;
  return value.map((item: unknown) => {
    const parts = typeof item === 'string' ? parseDestination(item) : item;
    if (typeof parts !== 'object' || parts === null || !('from' in parts)) return item;
    return { ...parts, from: path(parts.from) };
  });
}

/** Not `path.join`: it would drop `name/..`, which leads elsewhere when `name` is a symlink. */
function below(folder: string, text: string): string {
  const stays = text === '' || text === '-' || folder === '.' || isAbsolute(text);
  if (stays) return text;
  return folder.endsWith('/') ? `${folder}${text}` : `${folder}/${text}`;
}
