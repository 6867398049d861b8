import type { z } from 'zod';
import { SnapdiscError } from '../errors.js';

/** One thing that is wrong with a recipe. */
export interface RecipeProblem {
  /** Keys and list indices from the top to the value, or to what holds an unknown key. */
  readonly path: readonly PropertyKey[];
  /** A clause without its subject: "is not a size". */
  readonly message: string;
  /** The key that should not be there. */
  readonly unknownKey?: string;
}

/** More lines would push the first ones off the screen. */
const MOST_LINES = 20;

/** What to do about a file of settings that is wrong. */
export const RECIPE_HINT =
  'docs/recipe.md tells what a recipe looks like, snapdisc config --schema what it may hold.';

/** What people call zod's types. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/** Every issue of zod's as a problem; each unknown key is one. */
export function problemsOf({ issues }: z.ZodError): RecipeProblem[] {
  return issues.flatMap((issue): RecipeProblem[] => {
    const { path, message } = issue;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((unknownKey) => {
        return { path, message: `has no field ${unknownKey}`, unknownKey };
      });
    }
    if (issue.code === 'invalid_key') {
      return [{ path, message: issue.issues[0]?.message ?? message }];
    }
    return [{ path, message }];
  });
}

/** zod's `error`: clauses for what the schema itself has no words for. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const { code, input } = issue;
  if (code === 'invalid_value') return `must be one of: ${issue.values.join(', ')}`;
  if (code !== 'invalid_type') return undefined;
  if (input === undefined) return 'is missing';
  if (input === null) return 'has no value';
  const must = `must be ${KINDS[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.expected === 'string' && ['number', 'boolean'].includes(typeof input)) {
    return `${must}: put it in quotes`;
  }
  if (issue.expected === 'array' && typeof input === 'string' && input.length < 40) {
    return `${must}: [${JSON.stringify(input)}]`;
  }
  return must;
}

/** " number 2" where a path leads into a list: which one of several, counted as people do. */
export function whichOne(path: readonly PropertyKey[]): string {
  const index = path.find((part) => typeof part === 'number');
  return index === undefined ? '' : ` number ${index + 1}`;
}

/** `usage.recipe` with every problem, one a line; each line has its subject. */
export function recipeError(lines: readonly string[], hint?: string): SnapdiscError {
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more`] : lines;
  const message =
    lines.length === 1
      ? lines.join('')
      : `${lines.length} things are wrong:\n${shown.map((line) => `  - ${line}`).join('\n')}`;
  return new SnapdiscError('usage.recipe', message, hint === undefined ? {} : { hint });
}
