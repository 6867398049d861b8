import { resolve } from 'node:path';
import { SnapdiscError } from '../errors.js';
import { type Environment, environmentSettings } from './environment.js';
import { flagName } from './flags.js';
import { type Layer, missingFields, recipeOf, type Setting, settle } from './layers.js';
import { type Choice, choiceName } from './matrix.js';
import { RECIPE_HINT, recipeError } from './problems.js';
import { DEFAULT_RECIPE, readSettingsFile, userFilePath } from './read-settings-file.js';
import { OUTPUT_FIELDS, type Recipe, type RecipeValues, valueProblems } from './recipe.js';
import { parseRecipeFile, parseUserFile, type RecipeFile } from './settings-file.js';

/** What the command line says about a build. */
export interface Given {
  /** Of flags and arguments. */
  readonly values: RecipeValues;
  /** `--recipe` */
  readonly recipe?: string | undefined;
}

/** One disc as all places together describe it. */
export interface GatheredDisc {
  /** Its variants in a recipe with a matrix. */
  readonly choice: Choice;
  readonly settings: readonly Setting[];
  readonly layers: readonly Layer[];
}

export interface Gathered {
  readonly discs: readonly GatheredDisc[];
  /** The recipe that was read. */
  readonly recipePath: string | undefined;
  /** The user's settings, if there are any. */
  readonly userPath: string | undefined;
  /** What is wrong, one a line. */
  readonly problems: readonly string[];
  /** What to do about those of files. */
  readonly hint: string | undefined;
  /** Full sentences. */
  readonly warnings: readonly string[];
}

const NO_RECIPE: RecipeFile = {
  axes: new Map(),
  problems: [],
  discs: [{ choice: new Map(), layer: { origin: 'recipe', values: {}, where: String } }],
};

const NO_USER: Layer = { origin: 'user configuration', values: {}, where: String };

/**
 * Reads every place that settings come from: flags, environment, recipe, the user's configuration.
 * Without `--recipe` and a source on the command line, ./snapdisc.yaml is the recipe.
 * @throws SnapdiscError `usage.recipe` for a file that is no YAML, `usage.recipe-missing`,
 *   `usage.recipe-unreadable`
 */
export async function gather(given: Given, environment: Environment): Promise<Gathered> {
  const { variables, user } = await readSurroundings(environment);
  const { file, path } = await readRecipe(given);
  const flags: Layer = { origin: 'flag', values: given.values, where: flagName };
  const discs = file.discs.map(({ choice, layer }): GatheredDisc => {
    const layers = [flags, variables.layer, layer, user.layer];
    return { choice, layers, settings: settle(layers) };
  });
  const problems = [
    ...valueProblems(given.values, flagName),
    ...variables.problems,
    ...file.problems,
    ...user.problems,
  ];
  return {
    ...{ discs, recipePath: path, userPath: user.path, problems, warnings: variables.warnings },
    hint: hintFor(file, user),
  };
}

/** What is so without any flag or recipe. */
export interface Anyway {
  readonly values: RecipeValues;
  /** Full sentences. */
  readonly warnings: readonly string[];
}

/**
 * Reads what holds without any flag or recipe: variables, the user's configuration, defaults.
 * @throws SnapdiscError `usage.recipe` listing everything that is wrong with them
 */
export async function gatherAnyway(environment: Environment): Promise<Anyway> {
  const { variables, user } = await readSurroundings(environment);
  const problems = [...variables.problems, ...user.problems];
  if (problems.length > 0) throw recipeError(problems, hintFor(user));
  const given = settle([variables.layer, user.layer]).filter(({ value }) => value !== undefined);
  const values = Object.fromEntries(given.map(({ field, value }) => [field, value]));
  return { values, warnings: variables.warnings };
}

/**
 * The recipes of gathered discs.
 * @throws SnapdiscError `usage.recipe` listing everything that is wrong or missing
 */
export function recipesOf({ discs, problems, recipePath, hint: advice }: Gathered): Recipe[] {
  const missing = missingLines(discs);
  if (problems.length + missing.length > 0) {
    const hint =
      missing.length === 0 || recipePath !== undefined
        ? advice
        : `snapdisc build SOURCE -o FILE, or a recipe in ./${DEFAULT_RECIPE}, says what to build.`;
    throw recipeError([...missing, ...problems], hint);
  }
  const recipes = discs.map(({ settings }) => recipeOf(settings));
  const clashes = outputClashes(discs, recipes);
  if (clashes.length > 0) {
    const axis = [...(discs[0]?.choice.keys() ?? [])].at(-1);
    throw recipeError(clashes, `Write {${axis}} into the output, or choose one disc with --only.`);
  }
  return recipes;
}

/** Discs of a matrix that would take each other's place. */
function outputClashes(discs: readonly GatheredDisc[], recipes: readonly Recipe[]): string[] {
  const writers = new Map<string, string[]>();
  recipes.forEach((recipe, index) => {
    const name = choiceName(discs[index]?.choice ?? new Map());
    const paths = OUTPUT_FIELDS.flatMap((field) => recipe[field] ?? []);
    for (const path of paths.map((each) => resolve(each))) {
      writers.set(path, [...(writers.get(path) ?? []), name]);
    }
  });
  return [...writers]
    .filter(([, names]) => names.length > 1)
    .map(([path, names]) => `${names.join(' and ')} are to be written to the same place, ${path}`);
}

/** Told once, unless only some discs of a matrix lack it. */
function missingLines(discs: readonly GatheredDisc[]): string[] {
  const lacking = discs.map(({ choice, layers }) => ({ choice, fields: missingFields(layers) }));
  const fields = new Set(lacking.flatMap((each) => each.fields));
  return [...fields].flatMap((field) => {
    const without = lacking.filter((each) => each.fields.includes(field));
    if (without.length === discs.length) return [`${flagName(field)} is missing`];
    return without.map(({ choice }) => `${flagName(field)} of ${choiceName(choice)} is missing`);
  });
}

async function readRecipe({ values, recipe }: Given) {
  const path = recipe ?? (values.source === undefined ? DEFAULT_RECIPE : undefined);
  const bytes = path === undefined ? undefined : await readSettingsFile(path);
  if (path !== undefined && bytes !== undefined)
    return { path, file: parseRecipeFile(bytes, path) };
  if (recipe !== undefined) {
    throw new SnapdiscError('usage.recipe-missing', `There is no recipe ${recipe}.`, {
      hint: 'Check the path. docs/recipe.md tells what a recipe looks like.',
    });
  }
  return { path: undefined, file: NO_RECIPE };
}

function hintFor(
  ...files: readonly { readonly problems: readonly string[] }[]
): string | undefined {
  return files.some(({ problems }) => problems.length > 0) ? RECIPE_HINT : undefined;
}

async function readSurroundings(environment: Environment) {
  const path = userFilePath(environment);
  const bytes = path === undefined ? undefined : await readSettingsFile(path);
  const user =
    path === undefined || bytes === undefined
      ? { layer: NO_USER, problems: [], path: undefined }
      : { ...parseUserFile(bytes, path), path };
  return { variables: environmentSettings(environment), user };
}
