import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Recipe } from '../recipe/recipe.js';
import type { PlannedTool } from './plan.js';

/** The programs of this machine that a build of this recipe runs, and whether they are there. */
export function plannedTools(source: string, recipe: Recipe): PlannedTool[] {
  const wanted = [
    ['xz', 'compresses the kernel modules of the initrd', true],
    ['getfattr', 'reads extended attributes', source.startsWith('directory')],
    ['openssl', 'hashes the password', recipe.password !== undefined],
  ] as const;
  return wanted
    .filter(([, , needed]) => needed)
    .map(([program, purpose]) => ({ program, purpose, found: isInstalled(program) }));
}

/** Whether PATH has the program. */
export function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
