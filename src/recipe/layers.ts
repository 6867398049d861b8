import {
  fieldProblem,
  fieldValue,
  parseRecipe,
  type Recipe,
  type RecipeField,
  type RecipeValues,
  recipeFields,
} from './recipe.js';

/** Where values come from; the first that has one wins. */
export const ORIGINS = ['flag', 'environment', 'recipe', 'user configuration', 'default'] as const;
export type Origin = (typeof ORIGINS)[number];

/** The values that one place gives. */
export interface Layer {
  readonly origin: Exclude<Origin, 'default'>;
  /** Unchecked. */
  readonly values: RecipeValues;
  /** Where a field is set, for messages: `--label`, `SNAPDISC_LABEL`, `snapdisc.yaml:3:1`. */
  readonly where: (field: RecipeField) => string;
}

/** A field's value and where it was decided. */
export interface Setting {
  readonly field: RecipeField;
  /** As a recipe holds it; undefined where nothing gives one and there is no default. */
  readonly value: unknown;
  readonly origin: Origin;
  /** As `Layer.where`; undefined for a default. */
  readonly where: string | undefined;
}

/** Every field, in the schema's order. Lists are not joined: the first layer's whole value counts. */
export function settle(layers: readonly Layer[]): Setting[] {
  return recipeFields.map((field): Setting => {
    const layer = layers.find(({ values }) => Object.hasOwn(values, field));
    const value = fieldValue(field, layer?.values[field]);
    if (layer === undefined) return { field, value, origin: 'default', where: undefined };
    return { field, value, origin: layer.origin, where: layer.where(field) };
  });
}

/** Fields that have no default and that no layer gives. */
export function missingFields(layers: readonly Layer[]): RecipeField[] {
  return recipeFields.filter(
    (field) =>
      fieldProblem(field, undefined) !== undefined &&
      !layers.some(({ values }) => Object.hasOwn(values, field)),
  );
}

/**
 * The recipe of settled values.
 * @throws SnapdiscError `usage.recipe`
 */
export function recipeOf(settings: readonly Setting[]): Recipe {
  const given = settings.filter(({ value }) => value !== undefined);
  return parseRecipe(Object.fromEntries(given.map(({ field, value }) => [field, value])));
}
