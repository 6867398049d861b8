import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { BlockRange } from '../ext2/index.js';
import { packageVersion } from '../package-version.js';
import { mapPaths } from '../recipe/local-paths.js';
import { OUTPUT_FIELDS, type Recipe, recipeFields } from '../recipe/recipe.js';
import { type Directory, type Inode, walk } from '../rootfs/tree.js';

/** What tells one disc from another, derived from what goes into it: equal input, equal identity. */
export interface DiscIdentity {
  /** 16 bytes, an RFC 9562 version 8 UUID: the ext2 volume's, by which the init knows its disc. */
  readonly uuid: Buffer;
  /** 16 bytes: the ext2 directory hash seed. */
  readonly hashSeed: Buffer;
  /** The MBR's disk signature, not 0. */
  readonly diskId: number;
}

/** Options that decide how a build runs, not what it makes. */
const NOT_CONTENT: readonly (keyof Recipe)[] = ['source', ...OUTPUT_FIELDS, 'force', 'password'];

/**
 * Hashes all that decides where things lie on the disc: changes that a store has kept fit no other layout.
 * That is the recipe, the tree's metadata, what is `hot`, and the version of the program that lays it out.
 * File data is not read for it; sizes and times of files are part of the metadata.
 */
export function discIdentity(
  root: Directory,
  recipe: Recipe,
  hot: readonly BlockRange[],
): DiscIdentity {
  const hash = createHash('sha256');
  const content = recipeFields
    .filter((field) => recipe[field] !== undefined && !NOT_CONTENT.includes(field))
    // Where a file lies is not what is in it.
    .map((field) => [field, mapPaths(field, recipe[field], (path) => basename(path))] as const);
  hash.update(`${packageVersion()}\n`);
  hash.update(JSON.stringify(content.sort(([a], [b]) => (a < b ? -1 : 1))));
  const places = new Map<Inode, number>();
  for (const { path, inode } of walk(root)) {
    places.set(inode, places.size);
    hash.update(`${path}\0${describeInode(inode)}\n`, 'latin1');
    for (const { name, value } of inode.xattrs) hash.update(`${name}=`, 'latin1').update(value);
  }
  for (const { inode, firstBlock, count, isIndirect = false, isXattr = false } of hot) {
    hash.update(`${places.get(inode)} ${firstBlock} ${count} ${isIndirect} ${isXattr}\n`);
  }
  const digest = hash.digest();
  const uuid = Buffer.from(digest.subarray(0, 16));
  // RFC 9562 section 5.8: version 8 is for UUIDs made in a way of one's own.
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x80, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  const hashSeed = Buffer.from(createHash('sha256').update(digest).digest().subarray(0, 16));
  return { uuid, hashSeed, diskId: digest.readUInt32LE(16) || 1 };
}

/** As people and blkid write it. */
export function formatUuid(uuid: Uint8Array): string {
  const hex = Buffer.from(uuid).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function describeInode(inode: Inode): string {
  const { kind, mode, uid, gid, mtime } = inode;
  return `${kind} ${mode} ${uid} ${gid} ${mtime.seconds}.${mtime.nanoseconds} ${details(inode)}`;
}

function details(inode: Inode): string {
  switch (inode.kind) {
    case 'file': {
      const content = inode.content;
      const own = content === undefined ? '' : createHash('sha256').update(content).digest('hex');
      const runs = inode.runs.map(({ offset, length }) => `${offset}+${length}`);
      return `${inode.size} ${own} ${runs.join()}`;
    }
    case 'symlink':
      return inode.target;
    case 'block':
    case 'char':
      return `${inode.major}:${inode.minor}`;
    default:
      return '';
  }
}
