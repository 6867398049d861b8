import { nearNames } from '../near-names.js';
import type { Layer } from './layers.js';
import { flagOf, variableOf } from './names.js';
import { type RecipeField, recipeFields, valueProblems } from './recipe.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What `SNAPDISC_*` variables set. */
export interface EnvironmentSettings {
  readonly layer: Layer;
  /** What is wrong with them, one a line. */
  readonly problems: readonly string[];
  /** Variables that look like a setting misspelt. Others may be anybody's. */
  readonly warnings: readonly string[];
}

/** Variables of the program that are no field of a recipe. */
const OTHERS = ['SNAPDISC_CACHE'];
const TRUE = ['1', 'true', 'yes', 'on'];
const FALSE = ['0', 'false', 'no', 'off'];

/**
 * Reads the variables of all fields: lists have one item a line, true and false are `yes` and `no`.
 * An empty variable is none. Pure.
 */
export function environmentSettings(environment: Environment): EnvironmentSettings {
  const values: Partial<Record<RecipeField, unknown>> = {};
  for (const field of recipeFields) {
    const text = environment[variableOf(field)];
    if (text !== undefined && text !== '') values[field] = readValue(field, text);
  }
  return {
    layer: { origin: 'environment', values, where: variableOf },
    problems: valueProblems(values, variableOf),
    warnings: misspelt(environment),
  };
}

function readValue(field: RecipeField, text: string): unknown {
  switch (flagOf(field)?.kind) {
    case 'on':
    case 'off': {
      const word = text.toLowerCase();
      // Anything else stays text, which the check refuses.
      return TRUE.includes(word) || (FALSE.includes(word) ? false : text);
    }
    case 'list':
    case 'paths':
    case 'destinations':
      return text.split('\n').filter((line) => line !== '');
    default:
      return text;
  }
}

function misspelt(environment: Environment): string[] {
  const known = [...recipeFields.map(variableOf), ...OTHERS];
  const short = (name: string) => name.replace(/^SNAPDISC_/, '');
  return Object.keys(environment)
    .filter((name) => name.startsWith('SNAPDISC_') && !known.includes(name))
    .flatMap((name) => {
      const [near] = nearNames(short(name), known.map(short));
      const meant = `Did you mean SNAPDISC_${near}?`;
      return near === undefined ? [] : [`There is no variable ${name}. ${meant}`];
    });
}
