import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { type Directory, lookup } from './tree.js';

/** Whether the tree has what every Linux root filesystem has: programs, and /etc or /usr. */
export function looksLikeRootfs(root: Directory): boolean {
  const has = (path: string) => lookup(root, path)?.kind === 'directory';
  return (
    has('usr/bin') || has('usr/sbin') || ((has('bin') || has('sbin')) && (has('etc') || has('usr')))
  );
}

/**
 * Refuses a tree that is no root filesystem, with advice where it may lie instead.
 * @throws SnapdiscError `source.not-rootfs`
 */
export function checkRootfs(root: Directory, description: string): void {
  if (looksLikeRootfs(root)) return;
  const nested = nestedRootfs(root);
  const names = [...root.entries.keys()].slice(0, 6).map((name) => `"${printable(name)}"`);
  throw new SnapdiscError(
    'source.not-rootfs',
    `The ${description} holds no root filesystem: there is neither usr/bin nor bin with etc beside it, but ${names.join(', ')}.`,
    {
      hint:
        nested === undefined
          ? 'Give the directory, or an archive of the directory, that has bin, etc and usr in it.'
          : `The root filesystem seems to be in "${printable(nested)}". Give that directory, or make the archive inside it: tar -C ${printable(nested)} -cf ARCHIVE .`,
    },
  );
}

function nestedRootfs(root: Directory): ByteString | undefined {
  for (const [name, inode] of root.entries) {
    if (inode.kind === 'directory' && looksLikeRootfs(inode)) return name;
  }
  return undefined;
}
