import { formatBytes } from '../cli/format.js';
import { capacityOf, MEDIA, MEDIUM_NAMES, type MediumName } from '../media/medium.js';
import type { Answers } from './answers.js';
import type { Choice } from './questions.js';
import { type StepContext, valid } from './step.js';

const ANY = { title: 'anything', value: undefined } as const;

/** What the disc goes onto, and the machine that starts from it. */
export async function askTarget(answers: Answers, { ask }: StepContext): Promise<Answers> {
  const { facts, targetMedium: medium, targetArch: arch, ...rest } = answers;
  const targetMedium = await choose(
    'What does it go onto?',
    mediumChoices(facts.discBytes),
    medium,
  );
  const memory = await ask.optionalText(
    'Memory of the machine, such as 64M',
    answers.targetMemoryMiB,
    valid('targetMemoryMiB'),
  );
  const targetArch = await choose('Which processor does it have?', PROCESSORS, arch);
  return {
    ...{ ...rest, facts, targetMemoryMiB: memory },
    ...(targetMedium === undefined ? {} : { targetMedium }),
    ...(targetArch === undefined ? {} : { targetArch }),
  };

  function choose<T>(message: string, choices: readonly Choice<T>[], before: T): Promise<T> {
    const at = choices.findIndex(({ value }) => value === before);
    return ask.choose(message, choices, Math.max(0, at));
  }
}

const PROCESSORS: readonly Choice<Answers['targetArch']>[] = [
  ANY,
  { title: '32 bit (i386)', value: 'i386' },
  { title: '64 bit (x86_64)', value: 'x86_64' },
];

/** The media, each with what about is left of it. Pure. @param discBytes of the estimated image. */
export function mediumChoices(discBytes: number): Choice<MediumName | undefined>[] {
  return [
    ANY,
    ...MEDIUM_NAMES.map((value) => ({ title: `${MEDIA[value].title}${room(value)}`, value })),
  ];

  function room(name: MediumName): string {
    const capacity = capacityOf(name);
    if (capacity === undefined) return '';
    const left = capacity - discBytes;
    return `, about ${formatBytes(Math.abs(left))} ${left < 0 ? 'too small' : 'left'}`;
  }
}
