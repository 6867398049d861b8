import type { ByteString } from '../bytes.js';
import { type Directory, type Inode, lookup } from '../rootfs/tree.js';
import { EXT2_BLOCK, KIB } from '../units.js';

/** Where programs look for what they are told to do: folders, their files and links. */
const SETTINGS = [
  'etc',
  'usr/share/dbus-1',
  ...['usr/lib', 'lib'].flatMap((top) =>
    [
      ...['systemd/system', 'systemd/system-preset', 'systemd/network', 'udev/rules.d'],
      ...['modprobe.d', 'modules-load.d', 'sysctl.d', 'sysusers.d', 'tmpfiles.d'],
    ].map((folder) => `${top}/${folder}`),
  ),
];
/** Where they look what is there, or begin something: the folders alone, and those near the top. */
const STATE = 'var';
const STATE_DEPTH = 3;

/** Bytes; longer files are data of which a start may read little. */
const MAX_FILE = 64 * KIB;
/** Blocks of files and folders, and names: some times what a Debian has. */
const MAX_SETTINGS = 1024;
const MAX_STATE = 256;
const MAX_NAMES = 8192;
/** Names that a block of a folder has about room for. */
const NAMES_A_BLOCK = 128;

/**
 * What the services of a system look into when they start, which no profile of another system can name. All of it together is
 * about a second of reading, and each by itself would be a move of the drive's head. Pure.
 */
export function settings(root: Directory): Inode[] {
  const found = new Set<Inode>();
  let left = MAX_SETTINGS;
  for (const { inode } of nearestFirst(root, SETTINGS)) {
    if (inode.kind === 'file' && inode.size > MAX_FILE) continue;
    const blocks = blocksOf(inode);
    if (blocks > left) continue;
    left -= blocks;
    found.add(inode);
  }
  left = MAX_STATE;
  for (const { inode, depth } of nearestFirst(root, [STATE])) {
    if (inode.kind !== 'directory' || depth > STATE_DEPTH || found.has(inode)) continue;
    const blocks = blocksOf(inode);
    if (blocks > left) continue;
    left -= blocks;
    found.add(inode);
  }
  return [...found];
}

/** About so many blocks of the image. */
function blocksOf(inode: Inode): number {
  if (inode.kind === 'file') return Math.ceil(inode.size / EXT2_BLOCK);
  return inode.kind === 'directory' ? Math.ceil((inode.entries.size + 2) / NAMES_A_BLOCK) : 0;
}

interface Found {
  readonly inode: Inode;
  /** Folders between it and the one that was asked for. */
  readonly depth: number;
}

/** Folders before what is in them, by their names; none whose name begins with a dot, such as a repository of /etc. */
function* nearestFirst(root: Directory, folders: readonly ByteString[]): Generator<Found> {
  const seen = new Set<Inode>();
  const queue: Found[] = [];
  const add = (inode: Inode | undefined, depth: number) => {
    if (inode === undefined || seen.has(inode) || seen.size >= MAX_NAMES) return;
    seen.add(inode);
    queue.push({ inode, depth });
  };
  for (const path of folders) {
    const inode = lookup(root, path);
    if (inode?.kind === 'directory') add(inode, 0);
  }
  for (const each of queue) {
    yield each;
    if (each.inode.kind !== 'directory' || each.inode.entries.size > MAX_NAMES) continue;
    for (const [name, inode] of [...each.inode.entries].sort(([a], [b]) => (a < b ? -1 : 1)))
      if (!name.startsWith('.') || inode.kind !== 'directory') add(inode, each.depth + 1);
  }
}
