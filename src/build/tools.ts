import { PACKERS } from '../packed-root/formats.js';
import { isInstalled } from '../process.js';
import type { Recipe } from '../recipe/recipe.js';
import type { PlannedTool } from './plan.js';

/** The programs of this machine that a build of this recipe runs, and whether they are there. */
export function plannedTools(source: string, recipe: Recipe): Promise<PlannedTool[]> {
  const { compress } = recipe;
  const packer = compress === 'none' ? undefined : PACKERS[compress];
  const wanted = [
    ['xz', 'compresses the kernel modules of the initrd', true],
    ['getfattr', 'reads extended attributes', source.startsWith('directory')],
    [packer?.program ?? '', packer?.purpose ?? '', packer !== undefined],
    ['openssl', 'hashes the password', recipe.password !== undefined],
  ] as const;
  const needed = wanted.filter(([, , isNeeded]) => isNeeded);
  return Promise.all(
    needed.map(async ([program, purpose]) => ({
      program,
      purpose,
      found: await isInstalled(program),
    })),
  );
}
