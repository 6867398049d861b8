import type { Reporter } from '../build/report.js';
import type { DiscToBuild } from './build-discs.js';
import type { Input } from './terminal.js';

/**
 * Gives discs to `work`. Standard input can be read once: where several discs are made of it, it is
 * spooled for all of them, and the spool is removed afterwards, whatever happens.
 * @throws SnapdiscError `source.spool`, and what `work` throws
 */
export async function withSharedInput(
  discs: readonly DiscToBuild[],
  input: Input,
  reporter: Reporter,
  signal: AbortSignal,
  work: (discs: readonly DiscToBuild[]) => Promise<void>,
): Promise<void> {
  const readers = discs.filter(({ recipe }) => recipe.source === '-');
  // A terminal is no archive: the build will say so.
  if (readers.length < 2 || input.isTTY === true) return work(discs);
  const { spoolStream } = await import('../rootfs/spool.js');
  reporter.note('Spooling standard input to a temporary file: several discs are made of it.');
  const spool = await spoolStream(input, undefined, signal);
  try {
    await work(
      discs.map(({ choice, recipe }) => {
        const source = recipe.source === '-' ? spool.path : recipe.source;
        return { choice, recipe: { ...recipe, source } };
      }),
    );
  } finally {
    await spool.remove();
  }
}
