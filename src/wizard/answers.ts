import { basename, dirname, join } from 'node:path';
import { formatDestination } from '../recipe/destination.js';
import { valueTexts } from '../recipe/flags.js';
import type { Recipe, RecipeField, RecipeInput, RecipeValues } from '../recipe/recipe.js';
import { isDebianSource } from '../rootfs/debian/debian-source.js';
import type { SourceFacts } from './source-facts.js';

/** What the wizard knows so far: fields of a recipe as they are typed, empty for none. */
export interface Answers {
  readonly source: string;
  /** What is in the source, once it is known. */
  readonly facts: SourceFacts;
  /** Names of packages with commas between them, for a Debian that is bootstrapped. */
  readonly bootstrapInclude: readonly string[];
  readonly kernel?: string;
  readonly label: string;
  readonly targetMedium?: Recipe['targetMedium'];
  /** Asked where the disc does not fit its medium. */
  readonly compress: Recipe['compress'];
  readonly targetMemoryMiB: string;
  readonly targetArch?: Recipe['targetArch'];
  readonly user: string;
  readonly password: string;
  readonly autologin: boolean;
  /** `DIR[:PATH]` each. */
  readonly discInclude: readonly string[];
  readonly output: string;
  readonly force: boolean;
}

export const FIRST_ANSWERS: Answers = {
  source: '',
  facts: { system: '', kernels: [], discBytes: 0 },
  bootstrapInclude: [],
  label: 'SNAPDISC',
  compress: 'none',
  targetMemoryMiB: '',
  user: '',
  password: '',
  autologin: false,
  discInclude: [],
  output: '',
  force: false,
};

/** What the questions decide, whatever variables and the user's configuration say. */
export const ASKED: readonly RecipeField[] = [
  'source',
  'output',
  'bootstrapInclude',
  'kernel',
  'label',
  'targetMedium',
  'compress',
  'targetMemoryMiB',
  'targetArch',
  'user',
  'password',
  'autologin',
  'discInclude',
  'force',
];

/** What is offered at first: what is so `anyway`. */
export function firstAnswers(anyway: RecipeValues): Answers {
  // They were checked, and are as a recipe holds them.
  const { label, user, autologin, kernel, ...target } = anyway as Partial<Recipe>;
  const { targetMedium, targetMemoryMiB, targetArch, discInclude = [] } = target;
  const { bootstrapInclude = [], compress = 'none' } = target;
  return {
    ...FIRST_ANSWERS,
    label: String(label),
    user: user ?? '',
    autologin: autologin === true,
    targetMemoryMiB:
      targetMemoryMiB === undefined ? '' : String(valueTexts('targetMemoryMiB', targetMemoryMiB)),
    discInclude: discInclude.map(formatDestination),
    bootstrapInclude,
    compress,
    ...(kernel === undefined ? {} : { kernel }),
    ...(targetMedium === undefined ? {} : { targetMedium }),
    ...(targetArch === undefined ? {} : { targetArch }),
  };
}

/** The answers as a recipe, with what is so `anyway` where nothing was asked. Pure. */
export function recipeOfAnswers(answers: Answers, anyway: RecipeValues): RecipeValues {
  const rest = Object.entries(anyway).filter(([field]) => !ASKED.some((each) => each === field));
  return { ...Object.fromEntries(rest), ...answersToRecipe(answers) };
}

/** The recipe that the answers describe. Pure. */
export function answersToRecipe({ facts: _, ...answers }: Answers): RecipeInput {
  const given = Object.entries(answers).filter(([, value]) => value !== '' && value !== undefined);
  return { ...Object.fromEntries(given), source: answers.source, output: answers.output };
}

/**
 * `rootfs.tar.xz` becomes `rootfs.iso`; a disc made of a directory lies beside it, and one of
 * the running system or of a Debian that is bootstrapped here. Pure.
 */
export function suggestOutput(source: string): string {
  if (source === '/') return 'live.iso';
  if (isDebianSource(source)) return `${source.replace(':', '-')}.iso`;
  const name = basename(source).replace(/\.(?:tar(?:\.\w+)?|t[gx]z|tzst)$/i, '');
  const isName = name !== '' && name !== '.' && name !== '..';
  return join(dirname(source), `${isName ? name : 'live'}.iso`);
}
