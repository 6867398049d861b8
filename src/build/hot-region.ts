import type { BlockRange } from '../ext2/index.js';
import type { KernelArch } from '../initrd/kernel-image.js';
import { defaultProfile } from '../profile/default-profile.js';
import { hotRanges, type ProfileFit } from '../profile/hot-ranges.js';
import type { Profile } from '../profile/profile.js';
import { readAhead } from '../profile/read-ahead.js';
import type { Inode, RegularFile } from '../rootfs/tree.js';
import { settings } from '../started/settings.js';
import { startedFiles } from '../started/started-files.js';
import { EXT2_BLOCK, KIB, MIB } from '../units.js';
import type { PreparedRootfs } from './prepare-rootfs.js';

/** What lies first in root.img. */
export interface HotRegion {
  /** In the order in which it lies there. */
  readonly ranges: readonly BlockRange[];
  /** The profile, in terms of this root filesystem. */
  readonly fit: ProfileFit;
}

/**
 * What a boot reads, as far as it is known: by a profile of this system or, without one, by the profile that comes with
 * snapdisc, and by what the system's services are seen to need.
 */
export async function hotRegion(
  profile: Profile | undefined,
  arch: KernelArch,
  { source, needs }: Pick<PreparedRootfs, 'source' | 'needs'>,
): Promise<HotRegion> {
  const fit = hotRanges(profile ?? (await defaultProfile(arch)), source.root);
  const ahead = readAhead(fit.ranges);
  // By a profile of its own a disc is swept, or nothing is read ahead. By another's, what is read ahead comes with
  // what is wanted.
  if (profile !== undefined) return { fit, ranges: [...fit.ranges, ...ahead] };
  const known = new Set(fit.ranges.filter(({ count }) => count > 0).map(({ inode }) => inode));
  const isNew = (inode: Inode) => !known.has(inode);
  const started = (await startedFiles(source, needs)).filter(isNew).map(firstRange);
  const lookedInto = settings(source.root).filter(isNew).map(wholeRange);
  const more = atMost(MOST_STARTED, started);
  return { fit, ranges: [...ahead, ...fit.ranges, ...lookedInto, ...more] };
}

/** Blocks: what a drive reads in a few seconds. */
const MOST_STARTED = (32 * MIB) / EXT2_BLOCK;

function atMost(blocks: number, ranges: readonly BlockRange[]): BlockRange[] {
  let left = blocks;
  return ranges.filter(({ count }) => {
    if (count > left) return false;
    left -= count;
    return true;
  });
}

function wholeRange(inode: Inode): BlockRange {
  return {
    inode,
    firstBlock: 0,
    count: inode.kind === 'file' ? Math.ceil(inode.size / EXT2_BLOCK) : ANY,
  };
}

/** Blocks; what is past the end is passed over. */
const ANY = 2 ** 20;

/** Bytes: larger files are not read whole while they start. */
const LARGE = 4 * MIB;
/** Bytes: an ELF file's headers, symbols and relocations, or most of them. */
const BEGINNING = 256 * KIB;

function firstRange(file: RegularFile): BlockRange {
  const bytes = file.size > LARGE ? BEGINNING : file.size;
  return { inode: file, firstBlock: 0, count: Math.ceil(bytes / EXT2_BLOCK) };
}
