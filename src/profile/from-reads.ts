import type { ByteString } from '../bytes.js';
import type { TimedRead } from '../optical/read-log.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import type { DiscMap } from './disc-map.js';
import type { OwnedRun, Owner } from './owner.js';
import { type Profile, type ProfileEntry, profileOf } from './profile.js';

const SECTORS = EXT2_BLOCK / ISO_BLOCK;
const INODES_PER_SECTOR = ISO_BLOCK / 256;

type Access = Omit<ProfileEntry, 'milliseconds'>;

/** What the kernel reads through the device itself, not through a file. */
const METADATA: ReadonlySet<Owner['kind']> = new Set<Owner['kind']>([
  ...(['superblock', 'group-descriptors', 'block-bitmap', 'inode-bitmap', 'inode-table'] as const),
  ...(['directory', 'symlink', 'indirect', 'xattr'] as const),
]);

/**
 * The profile of what a drive was asked for. What has no path is left out: every disc has it, at places that
 * do not depend on a profile. Of a sector of an inode table, all inodes count that have a name in a directory
 * that was read: which of them was wanted, the drive cannot know. Data behind metadata in one read are none of it: reading ahead on the
 * device came across them, and who opens the file reads them again. Pure.
 */
export function profileFromReads(reads: Iterable<TimedRead>, map: DiscMap): Profile {
  const accesses: ProfileEntry[] = [];
  for (const { time, offset, length } of reads) {
    const milliseconds = Math.round(time * 1000);
    const start = Math.floor(offset / ISO_BLOCK);
    const count = Math.ceil((offset + length) / ISO_BLOCK) - start;
    let first: Owner['kind'] | undefined;
    for (const run of map.sectors.between(start, count)) {
      first ??= run.owner.kind;
      if (run.owner.kind === 'data' && METADATA.has(first)) continue;
      for (const access of accessesOf(run, map)) accesses.push({ ...access, milliseconds });
    }
  }
  return profileOf(withoutUnlisted(accesses));
}

/** Nobody asks for an inode without having read its name, except for the root's. */
function withoutUnlisted(accesses: readonly ProfileEntry[]): ProfileEntry[] {
  const listed = new Set<ByteString>();
  for (const { kind, path } of accesses) if (kind === 'directory') listed.add(path);
  return accesses.filter(({ kind, path }) => {
    if (kind !== 'inode' || path === '') return true;
    return listed.has(path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
  });
}

function* accessesOf({ owner, skip, count }: OwnedRun, map: DiscMap): Generator<Access> {
  switch (owner.kind) {
    case 'disc-file':
      yield { kind: 'disc', path: owner.path, first: owner.block + skip, count };
      return;
    case 'data':
    case 'directory':
    case 'symlink': {
      const before = Math.floor(skip / SECTORS);
      const blocks = Math.ceil((skip + count) / SECTORS) - before;
      const { kind, path } = owner;
      yield { kind, path, first: owner.block + before, count: blocks };
      return;
    }
    case 'indirect': {
      const { path, level, block } = owner;
      yield { kind: `indirect${level}`, path, first: block, count: 1 };
      return;
    }
    case 'xattr':
      yield { kind: 'xattr', path: owner.path, first: 0, count: 1 };
      return;
    case 'inode-table': {
      const first = owner.first + skip * INODES_PER_SECTOR;
      for (let number = first; number < first + count * INODES_PER_SECTOR; number++) {
        const path = map.inodePaths.get(number);
        if (path !== undefined) yield { kind: 'inode', path, first: 0, count: 1 };
      }
      return;
    }
  }
}
