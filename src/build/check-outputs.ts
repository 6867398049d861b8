import { relative, resolve } from 'node:path';
import { SnapdiscError } from '../errors.js';
import type { Recipe } from '../recipe/recipe.js';
import { checkOutput } from './output-file.js';
import { checkOutputDirectory } from './partial-directory.js';

/**
 * Checks all that a build writes before anything is read.
 * @param sources files and directories of this machine that the disc is made of.
 * @throws SnapdiscError `output.*`, `usage.same-output`
 */
export async function checkOutputs(
  { output, parts, force }: Recipe,
  sources: readonly string[],
): Promise<void> {
  await checkOutput(output, sources, force);
  if (parts === undefined) return;
  if (!relative(resolve(parts), resolve(output)).startsWith('..')) {
    throw new SnapdiscError('usage.same-output', `${output} lies inside ${parts}.`, {
      hint: 'Give the parts a directory of their own: --parts DIR.',
    });
  }
  await checkOutputDirectory(parts, sources);
}
