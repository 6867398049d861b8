import { stat } from 'node:fs/promises';
import { formatBytes } from '../cli/format.js';
import { fieldProblem, type Recipe } from '../recipe/recipe.js';
import { debianSourceProblem, isDebianSource } from '../rootfs/debian/debian-source.js';
import type { Answers } from './answers.js';
import { askProcessor, I386, X86_64 } from './processor.js';
import type { Choice, Validate } from './questions.js';
import { isRemediable } from './screen.js';
import { type StepContext, valid } from './step.js';

const ANOTHER = Symbol('another path');
/** The release that snapdisc is tested with, and the last one with a 32-bit kernel. */
const DEBIAN = 'debian:bookworm';

export async function askSource(answers: Answers, context: StepContext): Promise<Answers> {
  const { services, screen, anyway } = context;
  for (;;) {
    const source = await askSourcePath(answers, context);
    const chosen = isDebianSource(source)
      ? await askDebian({ ...answers, source }, context)
      : { ...answers, source, bootstrapInclude: [] };
    try {
      const { bootstrapMirror } = anyway as Partial<Recipe>;
      const facts = await services.examineSource({ ...chosen, bootstrapMirror }, screen.reporter);
      screen.reporter.done();
      const size = `about ${formatBytes(facts.discBytes)} as a disc`;
      screen.say(`  ${facts.system === '' ? 'An unnamed system' : facts.system}, ${size}`);
      const { kernel, ...rest } = chosen;
      const kept = kernel !== undefined && facts.kernels.includes(kernel) ? { kernel } : {};
      return { ...rest, ...kept, facts };
    } catch (error) {
      // A wrong guess is no reason to begin again.
      if (!isRemediable(error)) throw error;
      screen.failure(error);
    }
  }
}

async function askSourcePath(answers: Answers, { ask, candidates }: StepContext): Promise<string> {
  const choices: Choice<string | typeof ANOTHER>[] = [
    ...candidates.map(({ path, description }) => ({ title: description, value: path })),
    { title: 'Debian 12 (bookworm), fetched for you', value: DEBIAN },
    { title: 'another path', value: ANOTHER },
  ];
  const chosen = await ask.choose('Which root filesystem?', choices);
  if (chosen !== ANOTHER) return chosen;
  const message = 'Path of the root filesystem (a directory or a tar archive)';
  return ask.path(message, isDebianSource(answers.source) ? '' : answers.source, isSource);
}

/** What a Debian that does not exist yet is to be like. */
async function askDebian(answers: Answers, { ask }: StepContext): Promise<Answers> {
  const targetArch = await askProcessor(answers, ask, [I386, X86_64]);
  const typed = await ask.optionalText(
    'More packages, such as nano,openssh-server',
    answers.bootstrapInclude.join(','),
    (answer) => {
      const problem = fieldProblem('bootstrapInclude', [packageList(answer)]);
      return problem === undefined ? true : `They ${problem}.`;
    },
  );
  const bootstrapInclude = typed === '' ? [] : [packageList(typed)];
  return { ...answers, bootstrapInclude, ...(targetArch === undefined ? {} : { targetArch }) };
}

/** As people list things. */
function packageList(typed: string): string {
  return typed
    .trim()
    .split(/[\s,]+/)
    .join(',');
}

/** As on the command line, another release of Debian can be named. */
const isSource: Validate = async (path) => {
  if (path === '') return 'Type a path.';
  const problem = debianSourceProblem(path);
  if (problem !== undefined) return `That ${problem}.`;
  if (isDebianSource(path)) return true;
  return (await stat(path).catch(() => undefined)) === undefined
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
