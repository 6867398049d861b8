import { formatBytes } from '../cli/format.js';
import { capacityOf, type MediumName } from '../media/medium.js';
import { parseMemory } from '../recipe/size.js';
import type { Answers } from './answers.js';
import { ADVISED_FORMAT, compressionAdvice } from './compression-advice.js';
import { estimatedBytes, type SourceFacts } from './source-facts.js';
import type { StepContext } from './step.js';

/** Asked only where it decides whether the disc fits, and when the machine's memory is known. */
export async function askCompression(
  { facts, compress, targetMedium, targetMemoryMiB: memory }: Answers,
  { ask, screen }: Pick<StepContext, 'ask' | 'screen'>,
): Promise<Answers['compress']> {
  if (!needsCompression(facts, compress, targetMedium)) return compress;
  const advice = compressionAdvice(memory === '' ? undefined : parseMemory(memory));
  for (const line of advice.lines) screen.say(`  ${line}`);
  const size = formatBytes(estimatedBytes(facts, ADVISED_FORMAT));
  return ask.choose<Answers['compress']>(
    'It does not fit as it is. Compress it?',
    [
      { title: `yes, to about ${size} (${ADVISED_FORMAT})`, value: ADVISED_FORMAT },
      { title: 'no, I will leave something out', value: compress },
    ],
    advice.isAdvised ? 0 : 1,
  );
}

/** Whether a disc fits a medium only when it is compressed. Pure. */
export function needsCompression(
  facts: SourceFacts,
  compress: Answers['compress'],
  medium: MediumName | undefined,
): boolean {
  const capacity = medium === undefined ? undefined : capacityOf(medium);
  if (capacity === undefined || compress !== 'none') return false;
  return facts.discBytes > capacity && estimatedBytes(facts, ADVISED_FORMAT) <= capacity;
}
