import { stat } from 'node:fs/promises';
import { formatBytes } from '../cli/format.js';
import type { Answers } from './answers.js';
import type { Choice, Validate } from './questions.js';
import { isRemediable } from './screen.js';
import { type StepContext, valid } from './step.js';

const ANOTHER = Symbol('another path');

export async function askSource(answers: Answers, context: StepContext): Promise<Answers> {
  const { services, screen } = context;
  for (;;) {
    const source = await askSourcePath(answers, context);
    try {
      const facts = await services.examineSource(source, screen.reporter);
      screen.reporter.done();
      const size = `about ${formatBytes(facts.discBytes)} as a disc`;
      screen.say(`  ${facts.system === '' ? 'An unnamed system' : facts.system}, ${size}`);
      const { kernel, ...rest } = answers;
      const kept = kernel !== undefined && facts.kernels.includes(kernel) ? { kernel } : {};
      return { ...rest, ...kept, source, facts };
    } catch (error) {
      // A wrong guess is no reason to begin again.
      if (!isRemediable(error)) throw error;
      screen.failure(error);
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

export async function askKernel(answers: Answers, { ask }: StepContext): Promise<Answers> {
  const { kernels } = answers.facts;
  if (kernels.length < 2) return answers;
  const choices = kernels.map((version) => ({ title: version, value: version }));
  const before = kernels.indexOf(answers.kernel ?? '');
  const kernel = await ask.choose('Which kernel?', choices, Math.max(0, before));
  return { ...answers, kernel };
}

export async function askLabel(answers: Answers, { ask }: StepContext): Promise<Answers> {
  return { ...answers, label: await ask.text('Label of the disc', answers.label, valid('label')) };
}
