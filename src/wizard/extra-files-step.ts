import { stat } from 'node:fs/promises';
import { parseDestination } from '../recipe/destination.js';
import { fieldProblem } from '../recipe/recipe.js';
import type { Answers } from './answers.js';
import type { Validate } from './questions.js';
import type { StepContext } from './step.js';

/** Directories for the disc, one after the other; those that were given before are offered again. */
export async function askExtraFiles(answers: Answers, { ask }: StepContext): Promise<Answers> {
  const before = answers.discInclude;
  const discInclude: string[] = [];
  for (let index = 0; ; index += 1) {
    const which = index === 0 ? 'A directory of extra files for the disc' : 'Another one';
    const answer = await ask.optionalPath(which, before[index] ?? '', isDirectory);
    if (answer !== '') discInclude.push(answer);
    else if (index >= before.length) return { ...answers, discInclude };
  }
}

const isDirectory: Validate = async (answer) => {
  const problem = fieldProblem('discInclude', [answer]);
  if (problem !== undefined) return `That ${problem}.`;
  const { from } = parseDestination(answer);
  const isThere = (await stat(from).catch(() => undefined))?.isDirectory() === true;
  return isThere ? true : `There is no directory ${from}.`;
};
