import { valueTexts } from './flags.js';
import { fieldOfKey, keyOf } from './names.js';
import { fieldValue, type Recipe, type RecipeField } from './recipe.js';

/**
 * The machine and the medium that a disc is made for. The disc carries them, so that `run` and `verify`
 * try it in such a machine: a line for each that is known, as `target-memory=64M`.
 */
export const TARGET_FIELDS = [
  'targetMedium',
  'targetMemoryMiB',
  'targetArch',
] as const satisfies readonly RecipeField[];

type TargetField = (typeof TARGET_FIELDS)[number];
export type Target = Partial<Pick<Recipe, TargetField>>;

/** Longer texts are none of ours. Bytes. */
export const MAX_TARGET_TEXT = 1024;

/** What the disc carries; '' where nothing is known. Pure. */
export function targetText(target: Target): string {
  return Object.entries(targetWords(target))
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** What is known, as people write it, by the keys of a recipe. Pure. */
export function targetWords(target: Target): Record<string, string> {
  const known = TARGET_FIELDS.flatMap((field) => {
    const value = target[field];
    return value === undefined ? [] : [[keyOf(field), String(valueTexts(field, value))] as const];
  });
  return Object.fromEntries(known);
}

/** The inverse, of a text that anybody may have written: what makes no sense is passed over. Pure. */
export function parseTarget(text: string): Target {
  const entries = text.split('\n').flatMap((line) => {
    const [, key = '', value = ''] = /^([a-z-]+)=(.*)$/.exec(line) ?? [];
    const field = TARGET_FIELDS.find((each) => each === fieldOfKey(key));
    const read = field === undefined ? undefined : fieldValue(field, value);
    return read === undefined ? [] : [[field, read] as const];
  });
  return Object.fromEntries(entries);
}
