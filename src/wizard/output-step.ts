import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Answers, suggestOutput } from './answers.js';
import type { Asker, Validate } from './questions.js';
import { type StepContext, valid } from './step.js';

export async function askOutput(answers: Answers, { ask }: StepContext): Promise<Answers> {
  for (;;) {
    const suggestion = answers.output === '' ? suggestOutput(answers.source) : answers.output;
    const file = await askFile('Write the disc image to', suggestion, ask);
    if (file !== undefined) return { ...answers, output: file.path, force: file.replaces };
  }
}

/** A file to write; undefined where the one that is there shall stay. */
export async function askFile(
  message: string,
  suggestion: string,
  ask: Asker,
): Promise<{ path: string; replaces: boolean } | undefined> {
  const path = await ask.path(message, suggestion, canHold);
  const replaces = (await stat(path).catch(() => undefined)) !== undefined;
  if (replaces && !(await ask.confirm(`${path} exists. Replace it?`, false))) return undefined;
  return { path, replaces };
}

const canHold: Validate = async (path) => {
  const problem = await valid('output')(path);
  if (problem !== true) return problem;
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return 'That is a directory.';
  const folder = await stat(dirname(path)).catch(() => undefined);
  return folder?.isDirectory() === true ? true : `There is no directory ${dirname(path)}.`;
};
