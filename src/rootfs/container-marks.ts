import { type Directory, lookup } from './tree.js';

/**
 * Removes the file by which systemd (src/basic/virt.c, detect_container_files) takes a system for a Docker
 * container, in which it neither looks for devices nor loads modules. `docker export` writes it.
 */
export function removeContainerMarks(root: Directory): void {
  root.entries.delete('.dockerenv');
}

/** Whether the tree was a container: what `docker export` and `podman export` leave in it. Pure. */
export function isExportedContainer(root: Directory): boolean {
  return ['.dockerenv', 'run/.containerenv'].some((path) => lookup(root, path)?.kind === 'file');
}
