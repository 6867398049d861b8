import { basename, dirname, join } from 'node:path';
import type { RecipeField, RecipeInput, RecipeValues } from '../recipe/recipe.js';

/** What the wizard knows so far. */
export interface Answers {
  readonly source: string;
  /** Kernel versions in the source, newest first. */
  readonly kernels: readonly string[];
  readonly kernel?: string;
  readonly label: string;
  /** Empty for none. */
  readonly user: string;
  /** Empty for none. */
  readonly password: string;
  readonly autologin: boolean;
  readonly output: string;
  readonly force: boolean;
}

export const FIRST_ANSWERS: Answers = {
  source: '',
  kernels: [],
  label: 'SNAPDISC',
  user: '',
  password: '',
  autologin: false,
  output: '',
  force: false,
};

/** What the questions decide, whatever variables and the user's configuration say. */
const ASKED: readonly RecipeField[] = [
  'source',
  'output',
  'kernel',
  'label',
  'user',
  'password',
  'autologin',
  'force',
];

/** What is offered at first: what is so `anyway`. */
export function firstAnswers({ label, user, autologin, kernel }: RecipeValues): Answers {
  return {
    ...FIRST_ANSWERS,
    label: String(label),
    user: String(user ?? ''),
    autologin: autologin === true,
    ...(kernel === undefined ? {} : { kernel: String(kernel) }),
  };
}

/** The answers as a recipe, with what is so `anyway` where nothing was asked. Pure. */
export function recipeOfAnswers(answers: Answers, anyway: RecipeValues): RecipeValues {
  const rest = Object.entries(anyway).filter(([field]) => !ASKED.some((each) => each === field));
  return { ...Object.fromEntries(rest), ...answersToRecipe(answers) };
}

/** The recipe that the answers describe. Pure. */
export function answersToRecipe(answers: Answers): RecipeInput {
  const { source, output, kernel, label, user, password, autologin, force } = answers;
  return {
    source,
    output,
    label,
    autologin,
    force,
    ...(kernel === undefined ? {} : { kernel }),
    ...(user === '' ? {} : { user }),
    ...(password === '' ? {} : { password }),
  };
}

/** `rootfs.tar.xz` becomes `rootfs.iso`; a disc made of a directory lies beside it. Pure. */
export function suggestOutput(source: string): string {
  const name = basename(source).replace(/\.(?:tar(?:\.\w+)?|t[gx]z|tzst)$/i, '');
  const isName = name !== '' && name !== '.' && name !== '..';
  return join(dirname(source), `${isName ? name : 'live'}.iso`);
}
