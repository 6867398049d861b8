import { printable } from '../bytes.js';
import { MODULE_FOLDERS } from '../initrd/kernel.js';
import { compareVersions } from '../initrd/version-order.js';
import { type Directory, lookup } from '../rootfs/tree.js';

/**
 * The versions of the kernels whose modules a root filesystem has, newest first, for a question: a
 * build reads the kernel images themselves. Pure.
 */
export function kernelVersions(root: Directory): string[] {
  const versions = new Set<string>();
  for (const folder of MODULE_FOLDERS) {
    const directory = lookup(root, folder);
    if (directory?.kind !== 'directory') continue;
    for (const name of directory.entries.keys()) {
      const index = lookup(root, `${folder}/${name}/modules.dep`);
      if (index?.kind === 'file') versions.add(printable(name));
    }
  }
  return [...versions].sort((a, b) => compareVersions(b, a));
}
