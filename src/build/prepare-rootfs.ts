import { SnapdiscError } from '../errors.js';
import { initrdKeep } from '../initrd/keep.js';
import type { Recipe } from '../recipe/recipe.js';
import { addAptSettings } from '../rootfs/apt-settings.js';
import { removeContainerMarks } from '../rootfs/container-marks.js';
import { isDebianSource } from '../rootfs/debian/debian-source.js';
import { excludePaths } from '../rootfs/exclude.js';
import { customiseLogin } from '../rootfs/login/customise-login.js';
import type { Source } from '../rootfs/source.js';
import { type Directory, lookup } from '../rootfs/tree.js';
import { NeedsReader } from '../started/needs-reader.js';
import { openRecipeSource } from './open-recipe-source.js';
import type { WorkContext } from './report.js';

/** A rootfs as it goes onto the disc: the source's tree without exclusions, ready to log in to. */
export interface PreparedRootfs {
  readonly source: Source;
  /** What its programs need. */
  readonly needs: NeedsReader;
  /** Who can log in, one sentence. */
  readonly login: string;
  /** Full sentences. */
  readonly warnings: readonly string[];
}

/** Folders that the init moves the kernel's file systems to. */
const MOUNT_POINTS = ['dev', 'proc', 'run', 'sys'];

/**
 * Pass 1 and what changes the tree. The caller closes the source.
 * @param facts `created` in Unix seconds; `outputs`: files that are discs, and no part of a root filesystem.
 * @throws SnapdiscError `source.*`, `usage.*`, `rootfs.*`
 */
export async function prepareRootfs(
  recipe: Recipe,
  { created, outputs }: { readonly created: number; readonly outputs: readonly string[] },
  context: WorkContext,
): Promise<PreparedRootfs> {
  const needs = new NeedsReader();
  const reading = {
    ...{ title: 'Reading what is there', own: outputs },
    ...{ keep: initrdKeep(), onlooker: needs },
  };
  const source = await openRecipeSource(recipe, context, reading);
  try {
    const warnings = [...source.warnings];
    if (recipe.bootstrapInclude.length > 0 && !isDebianSource(recipe.source)) {
      warnings.push(
        '--bootstrap-include adds to a source such as debian:bookworm, not to this one.',
      );
    }
    const { unmatched } = excludePaths(source.root, recipe.exclude);
    for (const glob of unmatched) warnings.push(`--exclude ${glob} matches nothing.`);
    addMountPoints(source.root, created);
    removeContainerMarks(source.root);
    addAptSettings(source.root);
    const login = await customiseLogin(source, recipe);
    if (!login.usable) warnings.push(login.description);
    return { source, needs, login: login.description, warnings };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Container images and archives of installed systems often leave these out. */
function addMountPoints(root: Directory, seconds: number): void {
  for (const name of MOUNT_POINTS) {
    if (lookup(root, name)?.kind === 'directory') continue;
    if (root.entries.has(name)) {
      throw new SnapdiscError(
        'rootfs.mount-point',
        `/${name} of the root filesystem is no directory.`,
        {
          hint: 'The running system needs it as a mount point: replace it by an empty directory.',
        },
      );
    }
    const mtime = { seconds, nanoseconds: 0 };
    const attributes = { mode: 0o755, uid: 0, gid: 0, mtime, xattrs: [] };
    root.entries.set(name, { ...attributes, kind: 'directory', entries: new Map() });
  }
}
