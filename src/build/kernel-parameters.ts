import type { Recipe } from '../recipe/recipe.js';

/**
 * The kernel command line of the live entry: ours, then the user's, which therefore win.
 * - rootfstype=ramfs: the initrd unpacks into ramfs, without tmpfs's limit of half the memory
 *   (init/do_mounts.c, init_rootfs).
 * - the last console= becomes /dev/console (Documentation/admin-guide/serial-console.rst).
 */
export function kernelParameters(recipe: Recipe): string {
  const consoles = recipe.serial ? ['console=tty0', 'console=ttyS0,115200'] : [];
  const ours = ['rootfstype=ramfs', ...consoles, 'quiet'];
  return [...ours, recipe.append.trim()].filter((part) => part !== '').join(' ');
}
