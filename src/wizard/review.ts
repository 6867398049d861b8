import { isDeepStrictEqual } from 'node:util';
import { usualHotCopyBytes } from '../build/hot-copy.js';
import type { BuildPlan } from '../build/plan.js';
import { formatBytes, formatTable } from '../cli/format.js';
import { mediumText, mediumWarnings } from '../cli/plan-text.js';
import { MEDIA } from '../media/medium.js';
import { usualPackedBytes } from '../packed-root/compression.js';
import { shellCommand } from '../process.js';
import { formatDestination } from '../recipe/destination.js';
import { flagName, recipeToArgv } from '../recipe/flags.js';
import { DEFAULT_RECIPE } from '../recipe/read-settings-file.js';
import { defaultValues, type Recipe, type RecipeValues, recipeFields } from '../recipe/recipe.js';
import { targetWords } from '../recipe/target.js';

/** What will be built, on half a screen of 80 columns. Pure. */
export function reviewLines(recipe: Recipe, plan: BuildPlan): string[] {
  const { sizes, kernel } = plan;
  const target = Object.values(targetWords(recipe)).join(', ');
  const missing = plan.tools.filter(({ found }) => !found).map(({ program }) => program);
  return [
    ...formatTable([
      ['From', plan.source],
      ['To', `${recipe.output}${recipe.force ? ', which is replaced' : ''}`],
      ['Label', recipe.label],
      ['Kernel', `${kernel.version} (${kernel.arch})`],
      ['Login', plan.login],
      ...(target === '' ? [] : [['For', target]]),
      ...recipe.discInclude.map((include) => ['Extra files', formatDestination(include)]),
      ...sizeRows(recipe, plan),
      ['Headroom', `${formatBytes(sizes.headroom)} at most for changes`],
      ...(missing.length === 0 ? [] : [['Missing', missing.join(', ')]]),
    ]).map((line) => `  ${line}`),
    ...[...plan.warnings, ...mediumWarnings(plan)].map((warning) => `  Warning: ${warning}`),
  ];
}

/** Of what is compressed, only the most it can have is known before it is made. */
function sizeRows(recipe: Recipe, { sizes, compression, medium }: BuildPlan): string[][] {
  const initrd = `initrd ${formatBytes(sizes.initrd)}`;
  if (compression === undefined) {
    const usual = sizes.iso - sizes.hotCopy + usualHotCopyBytes(sizes.hotCopy);
    return [
      ['Disc', `${sizes.hotCopy === 0 ? '' : 'about '}${formatBytes(usual)}, ${initrd}`],
      ...(medium === undefined ? [] : [['Medium', mediumText(medium, sizes)]]),
    ];
  }
  const { format, algorithm } = compression;
  const usual = sizes.iso - sizes.rootImage + usualPackedBytes(sizes.rootImage, format);
  const most = `${formatBytes(sizes.iso)} at most`;
  const { targetMedium } = recipe;
  return [
    ['Disc', `about ${formatBytes(usual)}, ${most}, ${initrd}`],
    ['Compressed', `${format}, ${algorithm}`],
    ...(targetMedium === undefined ? [] : [['Medium', MEDIA[targetMedium].title]]),
  ];
}

/**
 * The command line that makes the same disc again, over the one that is there now. Pure.
 * @param anyway what is so without flags.
 */
export function repeatLines(recipe: Recipe, anyway: RecipeValues = defaultValues()): string[] {
  const argv = recipeToArgv({ ...recipe, force: true }, 'asked', anyway);
  const asks = recipe.password === undefined ? '' : ' (it asks for the password)';
  return [
    `The command that makes this disc again${asks}:`,
    `  ${shellCommand(['snapdisc', ...argv])}`,
    ...inTheWay(recipe, anyway),
  ];
}

/** Flags can replace what is so anyway, but not take a text or a list back. */
function inTheWay(recipe: Recipe, anyway: RecipeValues): string[] {
  const isNone = (value: unknown) => value === undefined || isDeepStrictEqual(value, []);
  const fields = recipeFields.filter((field) => isNone(recipe[field]) && !isNone(anyway[field]));
  if (fields.length === 0) return [];
  const names = fields.map(flagName).join(' and ');
  return [`First take ${names} out of your configuration, or unset its variable.`];
}

/** What builds a recipe that was saved, over the disc that is there now. Pure. */
export function savedLines(path: string): string[] {
  const named = path === DEFAULT_RECIPE ? [] : [`--recipe=${path}`];
  return [
    `${path} is written. It makes this disc again:`,
    `  ${shellCommand(['snapdisc', 'build', ...named, '--force'])}`,
  ];
}
