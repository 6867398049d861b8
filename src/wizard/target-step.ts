import { formatBytes } from '../cli/format.js';
import { capacityOf, MEDIA, MEDIUM_NAMES, type MediumName } from '../media/medium.js';
import { isDebianSource } from '../rootfs/debian/debian-source.js';
import type { Answers } from './answers.js';
import { ANY, askProcessor, I386, X86_64 } from './processor.js';
import type { Choice } from './questions.js';
import { type StepContext, valid } from './step.js';

/** What the disc goes onto, and the machine that starts from it. */
export async function askTarget(answers: Answers, { ask }: StepContext): Promise<Answers> {
  const { facts, targetMedium: medium, targetArch: arch, ...rest } = answers;
  const choices = mediumChoices(facts.discBytes);
  const at = choices.findIndex(({ value }) => value === medium);
  const targetMedium = await ask.choose('What does it go onto?', choices, Math.max(0, at));
  const memory = await ask.optionalText(
    'Memory of the machine, such as 64M',
    answers.targetMemoryMiB,
    valid('targetMemoryMiB'),
  );
  // A Debian was bootstrapped for one.
  const targetArch = isDebianSource(answers.source)
    ? arch
    : await askProcessor(answers, ask, [ANY, I386, X86_64]);
  return {
    ...{ ...rest, facts, targetMemoryMiB: memory },
    ...(targetMedium === undefined ? {} : { targetMedium }),
    ...(targetArch === undefined ? {} : { targetArch }),
  };
}

/** The media, each with what about is left of it. Pure. @param discBytes of the estimated image. */
export function mediumChoices(discBytes: number): Choice<MediumName | undefined>[] {
  return [
    { title: 'anything', value: undefined },
    ...MEDIUM_NAMES.map((value) => ({ title: `${MEDIA[value].title}${room(value)}`, value })),
  ];

  function room(name: MediumName): string {
    const capacity = capacityOf(name);
    if (capacity === undefined) return '';
    const left = capacity - discBytes;
    return `, about ${formatBytes(Math.abs(left))} ${left < 0 ? 'too small' : 'left'}`;
  }
}
