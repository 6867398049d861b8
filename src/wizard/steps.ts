import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Services } from '../cli/services.js';
import { SnapdiscError } from '../errors.js';
import { fieldProblem, type RecipeField } from '../recipe/recipe.js';
import { type Answers, suggestOutput } from './answers.js';
import type { Candidate } from './candidates.js';
import type { Asker, Choice, Validate } from './questions.js';
import type { WizardScreen } from './screen.js';

/** What a step needs to ask its question. */
export interface StepContext {
  readonly ask: Asker;
  readonly screen: WizardScreen;
  readonly services: Pick<Services, 'listKernels'>;
  readonly candidates: readonly Candidate[];
}

/** One question, or a few that belong together; takes and gives all answers. */
export interface Step {
  /** For "what to change". */
  readonly title: string;
  readonly run: (answers: Answers, context: StepContext) => Promise<Answers>;
}

export const STEPS: readonly Step[] = [
  { title: 'root filesystem', run: askSource },
  { title: 'kernel', run: askKernel },
  { title: 'label', run: askLabel },
  { title: 'user and password', run: askLogin },
  { title: 'output', run: askOutput },
];

const ANOTHER = Symbol('another path');

async function askSource(answers: Answers, context: StepContext): Promise<Answers> {
  for (;;) {
    const source = await askSourcePath(answers, context);
    try {
      const kernels = await context.services.listKernels(source, context.screen.reporter);
      context.screen.reporter.done();
      const { kernel, ...rest } = answers;
      const kept = kernel !== undefined && kernels.includes(kernel) ? { kernel } : {};
      return { ...rest, ...kept, source, kernels };
    } catch (error) {
      // A wrong guess is no reason to begin again.
      if (!(error instanceof SnapdiscError)) throw error;
      context.screen.failure(error);
    }
  }
}

async function askSourcePath(answers: Answers, { ask, candidates }: StepContext): Promise<string> {
  if (candidates.length > 0) {
    const choices: Choice<string | typeof ANOTHER>[] = [
      ...candidates.map(({ path, description }) => ({ title: description, value: path })),
      { title: 'another path', value: ANOTHER },
    ];
    const chosen = await ask.choose('Which root filesystem?', choices);
    if (chosen !== ANOTHER) return chosen;
  }
  const message = 'Path of the root filesystem (a directory or a tar archive)';
  return ask.text(message, answers.source, exists);
}

const exists: Validate = async (path) => {
  if (path.trim() === '') return 'Type a path.';
  return (await stat(path.trim()).catch(() => undefined)) === undefined
    ? 'There is nothing at that path.'
    : true;
};

async function askKernel(answers: Answers, { ask }: StepContext): Promise<Answers> {
  const { kernels } = answers;
  if (kernels.length < 2) return answers;
  const choices = kernels.map((version) => ({ title: version, value: version }));
  const before = kernels.indexOf(answers.kernel ?? '');
  const kernel = await ask.choose('Which kernel?', choices, Math.max(0, before));
  return { ...answers, kernel };
}

async function askLabel(answers: Answers, { ask }: StepContext): Promise<Answers> {
  return { ...answers, label: await ask.text('Label of the disc', answers.label, valid('label')) };
}

async function askLogin(answers: Answers, { ask, screen }: StepContext): Promise<Answers> {
  const user = await ask.text('Make a user (leave empty for none)', answers.user, (name) =>
    name.trim() === '' ? true : valid('user')(name),
  );
  const whose =
    user === '' ? 'Password for root (empty: as it is)' : `Password for ${user} (empty: none)`;
  const password = await askPasswordTwice(whose, { ask, screen });
  const autologin =
    password === '' && (await ask.confirm('Log in without a password?', user !== ''));
  return { ...answers, user, password, autologin };
}

async function askPasswordTwice(
  message: string,
  { ask, screen }: Pick<StepContext, 'ask' | 'screen'>,
): Promise<string> {
  for (;;) {
    const password = await ask.password(message, (answer) =>
      answer === '' ? true : valid('password')(answer),
    );
    if (password === '' || (await ask.password('The same again')) === password) return password;
    screen.say('The two differ. Once more, please.');
  }
}

async function askOutput(answers: Answers, { ask }: StepContext): Promise<Answers> {
  for (;;) {
    const suggestion = answers.output === '' ? suggestOutput(answers.source) : answers.output;
    const target = await askTarget('Write the disc image to', suggestion, ask);
    if (target !== undefined) return { ...answers, output: target.path, force: target.replaces };
  }
}

/** A file to write; undefined where the one that is there shall stay. */
export async function askTarget(
  message: string,
  suggestion: string,
  ask: Asker,
): Promise<{ path: string; replaces: boolean } | undefined> {
  const path = await ask.text(message, suggestion, canHold);
  const replaces = (await stat(path).catch(() => undefined)) !== undefined;
  if (replaces && !(await ask.confirm(`${path} exists. Replace it?`, false))) return undefined;
  return { path, replaces };
}

const canHold: Validate = async (answer) => {
  const path = answer.trim();
  const problem = await valid('output')(path);
  if (problem !== true) return problem;
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return 'That is a directory.';
  const folder = await stat(dirname(path)).catch(() => undefined);
  return folder?.isDirectory() === true ? true : `There is no directory ${dirname(path)}.`;
};

/** The recipe's own rule for a field, as a sentence. */
function valid(field: RecipeField): Validate {
  return (answer) => {
    const problem = fieldProblem(field, field === 'password' ? answer : answer.trim());
    return problem === undefined ? true : `That ${problem}.`;
  };
}
