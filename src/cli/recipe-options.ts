import { type Command, Option } from 'commander';
import { RECIPE_FLAGS, type RecipeFlag, SOURCE_DESCRIPTION } from '../recipe/flags.js';
import { type Gathered, gather } from '../recipe/gather.js';
import { selectDiscs } from '../recipe/matrix.js';
import { fieldChoices, type RecipeValues } from '../recipe/recipe.js';
import { OptionWithWords } from './option-with-words.js';
import type { Terminal } from './terminal.js';

/**
 * The argument and the flags that describe what to build, for each command that wants to know.
 * @param listed whether help shows the flags.
 */
export function addRecipeOptions(command: Command, listed = true): Command {
  command
    .argument('[source]', `${SOURCE_DESCRIPTION}; without it ./snapdisc.yaml is the recipe`)
    .addOption(new Option('-r, --recipe <file>', 'a recipe; flags count more'))
    .addOption(
      new Option(
        '--only <axis=variant>',
        'of a recipe with a matrix only these discs; repeatable',
      ).argParser(collect),
    );
  for (const option of RECIPE_FLAGS.flatMap(optionsOf)) {
    command.addOption(listed ? option : option.hideHelp());
  }
  return command;
}

/** A switch has an opposite, for what a recipe or variable sets; it is not listed. */
function optionsOf({ field, flags, kind, description, group }: RecipeFlag): Option[] {
  const words = fieldChoices(field) ?? [];
  const option = new OptionWithWords(flags, description, words).helpGroup(group);
  switch (kind) {
    case 'list':
    case 'paths':
    case 'destinations':
      return [option.argParser(collect)];
    case 'on':
      return [option, new Option(`--no-${option.name()}`).hideHelp()];
    case 'off':
      return [option, new Option(flags.replace('--no-', '--')).hideHelp()];
    default:
      return [option];
  }
}

const collect = (value: string, before: readonly string[] | undefined) => [
  ...(before ?? []),
  value,
];

/** What the command line says, unchecked: the inverse of recipeToArgv. */
export function typedValues(command: Command, source: string | undefined): RecipeValues {
  const typed = RECIPE_FLAGS.flatMap(({ field, flags }) => {
    const name = new Option(flags).attributeName();
    // Only what was typed: the recipe knows the defaults.
    if (command.getOptionValueSource(name) !== 'cli') return [];
    return [[field, command.getOptionValue(name)] as const];
  });
  return { ...Object.fromEntries(typed), ...(source === undefined ? {} : { source }) };
}

/**
 * The discs that a command line asks for, from all places that settings come from.
 * @throws SnapdiscError `usage.*`
 */
export async function gatherDiscs(
  command: Command,
  source: string | undefined,
  { env }: Terminal,
): Promise<Gathered> {
  const flags: { recipe?: string; only?: readonly string[] } = command.opts();
  const given = { values: typedValues(command, source), recipe: flags.recipe };
  const gathered = await gather(given, env);
  return { ...gathered, discs: selectDiscs(gathered.discs, flags.only ?? []) };
}
