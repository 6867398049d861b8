import { Command } from 'commander';
import { recipesOf } from '../recipe/gather.js';
import type { Recipe } from '../recipe/recipe.js';
import { buildDiscs } from './build-discs.js';
import type { Context } from './context.js';
import { readPassword } from './password.js';
import { addRecipeOptions, gatherDiscs } from './recipe-options.js';
import { printWarnings, type Terminal } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc build rootfs.tar.xz -o live.iso --password=-
  snapdisc build /srv/rootfs -o live.iso --user=ana --autologin
  snapdisc build rootfs.tar -o live.iso --dry-run
  sudo snapdisc build / -o live.iso                  # the system that runs
  snapdisc build debian:bookworm -o live.iso         # a Debian that is fetched
  snapdisc build                                     # what ./snapdisc.yaml says
  snapdisc build --recipe=discs.yaml --only=arch=i386
  tar -C /srv/rootfs -c . | snapdisc build - -o live.iso
`;

export interface BuildFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc build`: flags and recipe to discs. */
export function buildCommand(context: Context): Command {
  const { terminal } = context;
  const command = new Command('build')
    .description('Make a live CD of a root filesystem, or those that a recipe describes.')
    .addHelpText('before', EXAMPLES)
    .option('-n, --dry-run', 'show what would be done: stages, sizes, tools')
    .option('--json', 'print the result, the plan or the failure as JSON');
  addRecipeOptions(command);
  return command.action(async (source: string | undefined) => {
    const flags: BuildFlags = command.optsWithGlobals();
    const gathered = await gatherDiscs(command, source, terminal);
    if (flags.quiet !== true) printWarnings(gathered.warnings, terminal);
    const recipes = await withPassword(recipesOf(gathered), terminal);
    const discs = gathered.discs.flatMap(({ choice }, index) => {
      const recipe = recipes[index];
      return recipe === undefined ? [] : [{ choice, recipe }];
    });
    await buildDiscs(discs, flags, context);
  });
}

/** A password `-` is asked for, once for all discs. */
async function withPassword(recipes: readonly Recipe[], terminal: Terminal): Promise<Recipe[]> {
  if (recipes.every(({ password }) => password !== '-')) return [...recipes];
  const fromInput = recipes.some(({ source }) => source === '-');
  const password = await readPassword(fromInput, terminal);
  return recipes.map((recipe) => (recipe.password === '-' ? { ...recipe, password } : recipe));
}
