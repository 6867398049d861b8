import type { Directory, Inode } from '../rootfs/tree.js';
import { lookup, walk } from '../rootfs/tree.js';
import { KIB, MIB } from '../units.js';

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
/** Where they look what is there, or begin something: the folders alone. */
const STATE = ['var'];

/** Bytes; longer files are data of which a start may read little. */
const MAX_FILE = 64 * KIB;
/** Bytes of files, and names: a hundred times what a Debian has would be no settings. */
const MAX_BYTES = 4 * MIB;
const MAX_NAMES = 8192;

/**
 * What the services of a system look into when they start, which no profile of another system can name. All of it together is
 * less than a second of reading, and each by itself would be a move of the drive's head. Pure.
 */
export function settings(root: Directory): Inode[] {
  const found = new Set<Inode>();
  let left = MAX_BYTES;
  for (const { inode } of below(root, SETTINGS)) {
    if (found.size >= MAX_NAMES) break;
    if (inode.kind === 'directory' || inode.kind === 'symlink') found.add(inode);
    if (inode.kind !== 'file' || inode.size > Math.min(MAX_FILE, left)) continue;
    left -= inode.size;
    found.add(inode);
  }
  for (const { inode } of below(root, STATE)) {
    if (found.size >= MAX_NAMES) break;
    if (inode.kind === 'directory') found.add(inode);
  }
  return [...found];
}

function* below(root: Directory, folders: readonly string[]) {
  for (const path of folders) {
    const folder = lookup(root, path);
    if (folder?.kind === 'directory') yield* walk(folder, path);
  }
}
