import { basename, dirname, join } from 'node:path';
import type { RecipeInput } from '../recipe/recipe.js';

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
