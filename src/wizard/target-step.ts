import { formatBytes } from '../cli/format.js';
import { capacityOf, MEDIA, MEDIUM_NAMES, type MediumName } from '../media/medium.js';
import type { Recipe } from '../recipe/recipe.js';
import { isDebianSource } from '../rootfs/debian/debian-source.js';
import type { Answers } from './answers.js';
import { askCompression, needsCompression } from './compression-step.js';
import { ANY, askProcessor, I386, X86_64 } from './processor.js';
import type { Choice } from './questions.js';
import { estimatedBytes, type SourceFacts } from './source-facts.js';
import { type StepContext, valid } from './step.js';

/** What the disc goes onto, and the machine that starts from it. */
export async function askTarget(answers: Answers, context: StepContext): Promise<Answers> {
  const { ask } = context;
  const { facts, targetMedium: medium, targetArch: arch, ...rest } = answers;
  const { compress: anyway = 'none' } = context.anyway as Partial<Recipe>;
  const choices = mediumChoices(facts, anyway);
  const at = choices.findIndex(({ value }) => value === medium);
  const targetMedium = await ask.choose('What does it go onto?', choices, Math.max(0, at));
  const targetMemoryMiB = await ask.optionalText(
    'Memory of the machine, such as 64M',
    answers.targetMemoryMiB,
    valid('targetMemoryMiB'),
  );
  // A Debian was bootstrapped for one.
  const targetArch = isDebianSource(answers.source)
    ? arch
    : await askProcessor(answers, ask, [ANY, I386, X86_64]);
  const target: Answers = {
    ...{ ...rest, facts, compress: anyway, targetMemoryMiB },
    ...(targetMedium === undefined ? {} : { targetMedium }),
    ...(targetArch === undefined ? {} : { targetArch }),
  };
  return { ...target, compress: await askCompression(target, context) };
}

/** The media, each with what about is left of it. Pure. */
export function mediumChoices(
  facts: SourceFacts,
  compress: Answers['compress'],
): Choice<MediumName | undefined>[] {
  return [
    { title: 'anything', value: undefined },
    ...MEDIUM_NAMES.map((value) => ({ title: `${MEDIA[value].title}${room(value)}`, value })),
  ];

  function room(name: MediumName): string {
    const capacity = capacityOf(name);
    if (capacity === undefined) return '';
    const left = capacity - estimatedBytes(facts, compress);
    const fits = left < 0 ? 'too small' : 'left';
    const remedy = needsCompression(facts, compress, name) ? ', but not when compressed' : '';
    return `, about ${formatBytes(Math.abs(left))} ${fits}${remedy}`;
  }
}
