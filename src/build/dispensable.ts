import { type ByteString, printable } from '../bytes.js';
import { type Directory, lookup, type RegularFile, walk } from '../rootfs/tree.js';
import { EXT2_BLOCK, roundUp } from '../units.js';
import type { DiscInclude } from './disc-include.js';

/** Something on the disc that a live CD may do without. */
export interface Dispensable {
  /** A directory of the root filesystem, absolute, or one of this machine, as it was included. */
  readonly path: string;
  readonly place: 'root filesystem' | 'included';
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

/** What can be left out of a disc, what takes most first. Pure. */
export function dispensable(
  root: Directory,
  includes: readonly Pick<DiscInclude, 'from' | 'files'>[],
): Dispensable[] {
  const parts = CANDIDATES.map((path): Dispensable => {
    const place = 'root filesystem';
    return { path: `/${printable(path)}`, place, bytes: storedBytes(root, path) };
  });
  const included = includes.map(({ from, files }): Dispensable => {
    // ISO 9660 stores holes as zeros.
    const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
    return { path: from, place: 'included', bytes };
  });
  return [...parts, ...included].filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
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
