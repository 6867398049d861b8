import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { valueTexts } from './flags.js';
import { mapPaths } from './local-paths.js';
import { keyOf } from './names.js';
import {
  defaultValues,
  type Recipe,
  type RecipeField,
  type RecipeValues,
  recipeFields,
} from './recipe.js';

const HEADER = `# A recipe of snapdisc: "snapdisc build --recipe FILE" makes the disc, "snapdisc config --schema" prints
# the schema for editors.
`;

/**
 * A recipe as a file that goes to `path`: what differs from the defaults, or from what variables and
 * the user's configuration set `anyway`. A password is asked for then, and whether to replace the
 * output is decided then: neither is written. Paths stay as they are for a file beside us, and are
 * made absolute for one elsewhere. Pure.
 */
export function recipeText(
  recipe: Recipe,
  path: string,
  anyway: RecipeValues = defaultValues(),
): string {
  const defaults = defaultValues();
  const isBeside = dirname(path) === '.';
  const entries = recipeFields.flatMap((field): [string, unknown][] => {
    const value = recipe[field];
    const isPlain =
      isDeepStrictEqual(value, defaults[field]) && isDeepStrictEqual(value, anyway[field]);
    if (value === undefined || isPlain || field === 'force') return [];
    const written = isBeside ? value : mapPaths(field, value, (each) => resolve(each));
    return [[keyOf(field), fileValue(field, written)]];
  });
  // A block of text would lose blanks before a line break.
  const style = { lineWidth: 0, blockQuote: false } as const;
  return `${HEADER}${stringify(Object.fromEntries(entries), style)}`;
}

function fileValue(field: RecipeField, value: unknown): unknown {
  if (field === 'password') return '-';
  return typeof value === 'boolean' ? value : valueTexts(field, value);
}
