import { type ByteString, printable } from '../bytes.js';
import { type Directory, lookup, type RegularFile, walk } from '../rootfs/tree.js';
import { EXT2_BLOCK, roundUp } from '../units.js';

/** A part of the root filesystem that a live CD can do without. */
export interface Dispensable {
  /** Absolute: what --exclude takes. */
  readonly path: string;
  /** Bytes that its files take on the disc. */
  readonly bytes: number;
}

/** What is there for people who install, read or compile, and what programs make again. */
const CANDIDATES: readonly ByteString[] = [
  'usr/include',
  'usr/share/doc',
  'usr/share/help',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'usr/src',
  'var/cache',
  'var/lib/apt/lists',
  'var/log',
  'var/tmp',
];

/** What can be left out of a root filesystem, what takes most first. Pure. */
export function dispensable(root: Directory): Dispensable[] {
  return CANDIDATES.map((path) => ({ path: `/${printable(path)}`, bytes: storedBytes(root, path) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

function storedBytes(root: Directory, path: ByteString): number {
  const top = lookup(root, path, { followLast: false });
  if (top?.kind !== 'directory') return 0;
  const files = new Set<RegularFile>();
  for (const { inode } of walk(top)) {
    if (inode.kind === 'file') files.add(inode);
  }
  return [...files].reduce((sum, { runs }) => {
    return runs.reduce((all, { length }) => all + roundUp(length, EXT2_BLOCK), sum);
  }, 0);
}
