import { dirname } from 'node:path';
import type { z } from 'zod';
import { byteStringFromText, printable } from '../bytes.js';
import { nearNames } from '../near-names.js';
import { recipeFileSchema, userFileSchema } from './file-schema.js';
import type { Layer } from './layers.js';
import { fromFolder } from './local-paths.js';
import { type Axes, type Choice, choicesOf, countDiscs, fillIn, MAX_DISCS } from './matrix.js';
import { fieldOfKey, keyOf } from './names.js';
import {
  describeIssue,
  problemsOf,
  RECIPE_HINT,
  type RecipeProblem,
  recipeError,
  whichOne,
} from './problems.js';
import { type RecipeField, type RecipeValues, recipeFields, valueProblems } from './recipe.js';
import {
  locate,
  type Position,
  parseYaml,
  type YamlDocument,
  type YamlProblem,
  type YamlValue,
} from './yaml-document.js';

/** What a recipe file says. */
export interface RecipeFile {
  readonly axes: Axes;
  readonly discs: readonly RecipeDisc[];
  /** What is wrong with it, one a line: `snapdisc.yaml:3:8: label is empty`. */
  readonly problems: readonly string[];
}

/** One disc of a recipe file. */
export interface RecipeDisc {
  readonly choice: Choice;
  readonly layer: Layer;
}

export interface UserFile {
  readonly layer: Layer;
  readonly problems: readonly string[];
}

/**
 * Reads a recipe. Pure.
 * @param path the file, for messages and as the place that relative paths begin at
 * @throws SnapdiscError `usage.recipe` for what is no YAML, or none that is used here
 */
export function parseRecipeFile(bytes: Uint8Array, path: string): RecipeFile {
  const file = new SettingsFile(bytes, path);
  const axes = axesOf(file.root);
  const count = countDiscs(axes);
  const choices = count > MAX_DISCS ? [] : choicesOf(axes);
  const problems = file.check(recipeFileSchema, choices[0]);
  if (count > MAX_DISCS) {
    problems.push(
      file.line(['matrix'], `matrix makes ${count} discs; at most ${MAX_DISCS} can be`),
    );
  }
  const discs = choices.map((choice): RecipeDisc => {
    const variants = [...choice].map(([axis, variant]) => ['matrix', axis, variant]);
    return { choice, layer: file.layer('recipe', [[], ...variants], choice) };
  });
  return { axes, discs, problems: problems.length > 0 ? problems : filledInProblems(discs) };
}

/** What is wrong only when the names of some variants are in the place of `{axis}`. */
function filledInProblems(discs: readonly RecipeDisc[]): string[] {
  const lines = discs.flatMap(({ layer: { values, where } }) =>
    valueProblems(values, (field) => `${where(field)}: ${keyOf(field)}`),
  );
  return [...new Set(lines)];
}

/** Reads the user's own settings; as `parseRecipeFile`. */
export function parseUserFile(bytes: Uint8Array, path: string): UserFile {
  const file = new SettingsFile(bytes, path);
  return {
    layer: file.layer('user configuration', [[]], new Map()),
    problems: file.check(userFileSchema),
  };
}

type Path = readonly PropertyKey[];

class SettingsFile {
  readonly root: YamlValue;
  readonly #name: string;
  readonly #folder: string;
  readonly #document: YamlDocument;

  constructor(bytes: Uint8Array, path: string) {
    this.#name = printable(byteStringFromText(path));
    this.#folder = dirname(path);
    this.#document = parseYaml(bytes);
    const { root } = this.#document;
    if (root === undefined) throw recipeError(this.#lines(this.#document.problems), RECIPE_HINT);
    this.root = root;
  }

  /** Everything that is wrong with the file, with the variants of `choice` filled in. */
  check(schema: z.ZodType, choice: Choice = new Map()): string[] {
    const { error } = schema.safeParse(fillIn(this.root.value, choice), { error: describeIssue });
    const found = error === undefined ? [] : problemsOf(error);
    return this.#lines([
      ...this.#document.problems,
      ...found.map((problem) => this.#describe(problem, schema)),
    ]);
  }

  /** `snapdisc.yaml:3:8: MESSAGE` */
  line(path: Path, message: string): string {
    return `${this.#at(locate(this.root, path))}: ${message}`;
  }

  /** The fields that are set at `places`; the last of them counts. */
  layer(origin: Layer['origin'], places: readonly Path[], choice: Choice): Layer {
    const set = new Map<RecipeField, Path>();
    const values: Partial<Record<RecipeField, unknown>> = {};
    for (const place of places) {
      for (const [key, { child }] of descend(this.root, place)?.keys ?? []) {
        const field = fieldOfKey(key);
        if (field === undefined) continue;
        set.set(field, [...place, key]);
        values[field] = fromFolder(field, fillIn(child.value, choice), this.#folder);
      }
    }
    const where = (field: RecipeField) => this.#at(locate(this.root, set.get(field) ?? [], true));
    return { origin, values: values satisfies RecipeValues, where };
  }

  #describe({ path, message, unknownKey }: RecipeProblem, schema: z.ZodType): YamlProblem {
    if (unknownKey !== undefined) {
      const at = locate(this.root, [...path, unknownKey], true);
      return { at, message: unknownKeyMessage(unknownKey, path, schema) };
    }
    const last = path.findLastIndex((part) => typeof part === 'string');
    const name = last < 0 ? 'the file' : shown(String(path[last]));
    const which = whichOne(path.slice(last + 1));
    return { at: locate(this.root, path), message: `${name}${which} ${message}` };
  }

  /** In the order of the file. */
  #lines(problems: readonly YamlProblem[]): string[] {
    const order = ({ at }: YamlProblem) => (at === undefined ? 0 : at.line * 2 ** 20 + at.column);
    return [...problems]
      .sort((one, other) => order(one) - order(other))
      .map(({ at, message }) =>
        at === undefined ? `${this.#name} ${message}` : `${this.#at(at)}: ${message}`,
      );
  }

  #at({ line, column }: Position): string {
    return `${this.#name}:${line}:${column}`;
  }
}

/** A file's own words may move the cursor, and be as long as the file. */
function shown(key: string): string {
  const text = printable(byteStringFromText(key));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function unknownKeyMessage(key: string, path: Path, schema: z.ZodType): string {
  const isTop = path.length === 0;
  if (isTop && schema === userFileSchema && recipeFileKeys().includes(key)) {
    return `${key} belongs in a recipe: it is not the same for all discs`;
  }
  const inVariant = path[0] === 'matrix';
  const isSettings = isTop || (inVariant && path.length === 3);
  const names = isSettings ? recipeFileKeys().filter((name) => isTop || name !== 'matrix') : [];
  const [near] = nearNames(key, names);
  return `there is no ${shown(key)}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

const recipeFileKeys = () => [...recipeFields.map(keyOf), 'matrix'];

/** The axes of a file that may be wrong: what is there, as far as it makes sense. */
function axesOf(root: YamlValue): Axes {
  const matrix = root.keys?.get('matrix')?.child;
  return new Map(
    [...(matrix?.keys ?? [])].map(([axis, { child }]) => [axis, [...(child.keys?.keys() ?? [])]]),
  );
}

function descend(root: YamlValue, path: Path): YamlValue | undefined {
  return path.reduce<YamlValue | undefined>(
    (value, part) => value?.keys?.get(String(part))?.child,
    root,
  );
}
