/**
 * What a recipe's fields are called outside the program, all taken from their flags: `--no-pad` is
 * `pad` in files and `SNAPDISC_PAD` in the environment.
 */
import { longFlag, RECIPE_FLAGS, type RecipeFlag } from './flags.js';
import { type RecipeField, recipeFields } from './recipe.js';

const FLAG_OF: ReadonlyMap<RecipeField, RecipeFlag> = new Map(
  RECIPE_FLAGS.map((flag) => [flag.field, flag]),
);
const FIELD_OF: ReadonlyMap<string, RecipeField> = new Map(
  recipeFields.map((field) => [keyOf(field), field]),
);

/** The flag of a field; the source is an argument and has none. */
export function flagOf(field: RecipeField): RecipeFlag | undefined {
  return FLAG_OF.get(field);
}

/** The key of a field in recipe files: `disc-include`. */
export function keyOf(field: RecipeField): string {
  const flag = FLAG_OF.get(field);
  return flag === undefined ? field : longFlag(flag).replace(/^--(?:no-)?/, '');
}

/** The inverse of `keyOf`. */
export function fieldOfKey(key: string): RecipeField | undefined {
  return FIELD_OF.get(key);
}

/** The environment variable of a field: `SNAPDISC_DISC_INCLUDE`. */
export function variableOf(field: RecipeField): string {
  return `SNAPDISC_${keyOf(field).replaceAll('-', '_').toUpperCase()}`;
}
