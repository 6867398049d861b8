import type { Answers } from './answers.js';
import type { Asker, Choice } from './questions.js';

type Processor = Choice<Answers['targetArch']>;

export const ANY: Processor = { title: 'anything', value: undefined };
export const I386: Processor = { title: '32 bit (i386)', value: 'i386' };
export const X86_64: Processor = { title: '64 bit (x86_64)', value: 'x86_64' };

/** What it was said to be is offered, else the first of `choices`. */
export function askProcessor(
  { targetArch }: Pick<Answers, 'targetArch'>,
  ask: Asker,
  choices: readonly Processor[],
): Promise<Answers['targetArch']> {
  const at = choices.findIndex(({ value }) => value === targetArch);
  return ask.choose('Which processor does it have?', choices, Math.max(0, at));
}
