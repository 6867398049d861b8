import { resolve } from 'node:path';
import { SnapdiscError } from '../errors.js';
import type { Recipe } from '../recipe/recipe.js';
import { isRunningSystem } from '../rootfs/directory/running-system.js';
import { checkOutput, isWithin } from './output-file.js';
import { checkOutputDirectory } from './partial-directory.js';

/**
 * Checks all that a build writes before anything is read.
 * @throws SnapdiscError `output.*`, `usage.same-output`
 */
export async function checkOutputs(recipe: Recipe): Promise<void> {
  const { source, output, parts, force } = recipe;
  const included = recipe.discInclude.map(({ from }) => from);
  // Of the running system its own disc is left out.
  const sources = (await isRunningSystem(source)) ? included : [source, ...included];
  await checkOutput(output, sources, force);
  if (parts === undefined) return;
  if (isWithin(resolve(output), resolve(parts))) {
    throw new SnapdiscError('usage.same-output', `${output} lies inside ${parts}.`, {
      hint: 'Give the parts a directory of their own: --parts DIR.',
    });
  }
  await checkOutputDirectory(parts, sources);
}
