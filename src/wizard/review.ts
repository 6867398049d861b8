import type { BuildPlan } from '../build/plan.js';
import { formatBytes, formatTable } from '../cli/format.js';
import { shellCommand } from '../process.js';
import { recipeToArgv } from '../recipe/flags.js';
import type { Recipe } from '../recipe/recipe.js';

/** What will be built, on half a screen of 80 columns. Pure. */
export function reviewLines(recipe: Recipe, plan: BuildPlan): string[] {
  const { sizes, kernel } = plan;
  const missing = plan.tools.filter(({ found }) => !found).map(({ program }) => program);
  return [
    ...formatTable([
      ['From', plan.source],
      ['To', `${recipe.output}${recipe.force ? ', which is replaced' : ''}`],
      ['Label', recipe.label],
      ['Kernel', `${kernel.version} (${kernel.arch})`],
      ['Login', plan.login],
      ['Disc', `${formatBytes(sizes.iso)}, initrd ${formatBytes(sizes.initrd)}`],
      ['Headroom', `${formatBytes(sizes.headroom)} at most for changes`],
      ...(missing.length === 0 ? [] : [['Missing', missing.join(', ')]]),
    ]).map((line) => `  ${line}`),
    ...plan.warnings.map((warning) => `  Warning: ${warning}`),
  ];
}

/** The command line that makes the same disc again, over the one that is there now. Pure. */
export function repeatLines(recipe: Recipe): string[] {
  const command = shellCommand(['snapdisc', ...recipeToArgv({ ...recipe, force: true })]);
  const asks = recipe.password === undefined ? '' : ' (it asks for the password)';
  return [`The command that makes this disc again${asks}:`, `  ${command}`];
}
