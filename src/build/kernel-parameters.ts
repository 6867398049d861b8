import type { Recipe } from '../recipe/recipe.js';

/**
 * The kernel command line of the live entry: ours, then the user's, which therefore win.
 * - rootfstype=ramfs: the initrd unpacks into ramfs, without tmpfs's limit of half the memory
 *   (init/do_mounts.c, init_rootfs).
 * - initcall_blacklist=tracer_init_tracefs: without the kernel's files for tracing, of which Linux before 6.6
 *   keeps 12,000 in memory, 6 MB, traced or not (kernel/trace/trace.c).
 * - the last console= becomes /dev/console (Documentation/admin-guide/serial-console.rst).
 */
export function kernelParameters(recipe: Recipe): string {
  const consoles = recipe.serial ? ['console=tty0', 'console=ttyS0,115200'] : [];
  const ours = ['rootfstype=ramfs', 'initcall_blacklist=tracer_init_tracefs', ...consoles, 'quiet'];
  return [...ours, recipe.append.trim()].filter((part) => part !== '').join(' ');
}
