import { Command, Option } from 'commander';
import { flagName, RECIPE_FLAGS } from '../recipe/flags.js';
import { parseRecipe } from '../recipe/recipe.js';
import { buildDisc } from './build-disc.js';
import type { Context } from './context.js';
import { readPassword } from './password.js';

const EXAMPLES = `Examples:
  snapdisc build rootfs.tar.xz -o live.iso --password=-
  snapdisc build /srv/rootfs -o live.iso --user=ana --autologin
  snapdisc build rootfs.tar -o live.iso --dry-run
  tar -C /srv/rootfs -c . | snapdisc build - -o live.iso
`;

export interface BuildFlags {
  readonly password?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** `snapdisc build`: flags to recipe to disc. */
export function buildCommand(context: Context): Command {
  const command = new Command('build')
    .description('Make a live CD of a root filesystem.')
    .argument(
      '<source>',
      'the root filesystem: a directory, a tar archive, or - for an archive on standard input',
    )
    .addHelpText('before', EXAMPLES)
    .option('-n, --dry-run', 'show what would be done: stages, sizes, tools')
    .option('--json', 'print the result, the plan or the failure as JSON');
  for (const option of recipeOptions()) command.addOption(option);
  return command.action(async (source: string) => {
    const flags: BuildFlags = command.optsWithGlobals();
    const given = recipeInput(command, source);
    const password = await readPassword(flags.password, source, context.terminal);
    const recipe = parseRecipe(password === undefined ? given : { ...given, password }, flagName);
    await buildDisc(recipe, flags, context);
  });
}

/** The flags that fill a recipe, as commander's options. */
function recipeOptions(): Option[] {
  return RECIPE_FLAGS.map(({ flags, kind, description, group }) => {
    const option = new Option(flags, description).helpGroup(group);
    if (kind !== 'list') return option;
    return option.argParser((value: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      value,
    ]);
  });
}

/** What the command line says, unchecked: the inverse of recipeToArgv. */
export function recipeInput(command: Command, source: string): Record<string, unknown> {
  const input: Record<string, unknown> = { source };
  for (const { field, flags } of RECIPE_FLAGS) {
    const name = new Option(flags).attributeName();
    // Only what was typed: the recipe knows the defaults.
    if (command.getOptionValueSource(name) === 'cli') input[field] = command.getOptionValue(name);
  }
  return input;
}
