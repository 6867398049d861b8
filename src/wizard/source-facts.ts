import { printable } from '../bytes.js';
import { osReleaseName } from '../distributions.js';
import { usualPackedBytes } from '../packed-root/compression.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Source } from '../rootfs/source.js';
import { type Directory, type Inode, lookup, walk } from '../rootfs/tree.js';
import { EXT2_BLOCK, KIB, MIB, roundUp } from '../units.js';
import { kernelVersions } from './kernel-versions.js';

/** What the questions show of a root filesystem, and what they ask depends on. */
export interface SourceFacts {
  /** `Debian GNU/Linux 12 (bookworm)`; '' where it does not tell. */
  readonly system: string;
  /** Versions, newest first. */
  readonly kernels: readonly string[];
  /** About how many bytes a disc image of it will have, not compressed. */
  readonly discBytes: number;
}

const OS_RELEASES = ['etc/os-release', 'usr/lib/os-release'];
/** os-release(5) files have some hundred bytes. */
export const MAX_OS_RELEASE = 64 * KIB;
/** Of our ext2; what is small enough lies in its inode. */
const INODE_BYTES = 256;
/** Kernel, initrd, boot loader and padding of a Debian. */
const BESIDE_ROOT = 12 * MIB;
/** On a disc that is not compressed, the copy of what its boot reads, of a Debian without a desktop. */
const HOT_COPY_SHARE = 0.045;

/** Of a compressed archive, what `sourceFacts` reads must be kept: it may lie anywhere. */
export function keepsFacts(path: string, size: number): boolean {
  return /^(?:etc|usr\/lib)\/os-release$/.test(path) && size <= MAX_OS_RELEASE;
}

export async function sourceFacts(source: Source): Promise<SourceFacts> {
  const { root } = source;
  return {
    system: await systemName(source),
    kernels: kernelVersions(root),
    discBytes: Math.ceil(storedBytes(root) * (1 + HOT_COPY_SHARE)) + BESIDE_ROOT,
  };
}

/** About how many bytes a disc image of it will have. Pure. */
export function estimatedBytes(
  { discBytes }: Pick<SourceFacts, 'discBytes'>,
  compress: Recipe['compress'],
): number {
  if (compress === 'none') return discBytes;
  const stored = (discBytes - BESIDE_ROOT) / (1 + HOT_COPY_SHARE);
  return usualPackedBytes(stored, compress) + BESIDE_ROOT;
}

async function systemName(source: Source): Promise<string> {
  for (const path of OS_RELEASES) {
    const file = lookup(source.root, path);
    if (file?.kind !== 'file' || file.size > MAX_OS_RELEASE) continue;
    const bytes = (await source.fetch([file])).get(file) ?? Buffer.alloc(0);
    return printable(osReleaseName(bytes.toString('latin1')));
  }
  return '';
}

/** About what files, directories and inodes take of an ext2 without free blocks, in bytes. Pure. */
export function storedBytes(root: Directory): number {
  const inodes = new Set<Inode>();
  for (const { inode } of walk(root)) inodes.add(inode);
  let sum = 0;
  for (const inode of inodes) {
    sum += INODE_BYTES;
    if (inode.kind === 'directory') sum += EXT2_BLOCK;
    if (inode.kind !== 'file') continue;
    for (const { length } of inode.runs) sum += roundUp(length, EXT2_BLOCK);
  }
  return sum;
}
