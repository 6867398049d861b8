import { stat } from 'node:fs/promises';
import { type ByteString, byteStringFromText } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import type { IsoFile, IsoNode } from '../iso9660/index.js';
import type { Destination } from '../recipe/destination.js';
import { openDirectory } from '../rootfs/directory/open-directory.js';
import type { Source } from '../rootfs/source.js';
import type { Inode, RegularFile } from '../rootfs/tree.js';

/** A directory of this machine that goes onto the disc. */
export interface DiscInclude {
  readonly source: Source;
  /** The directory, as the user named it. */
  readonly from: string;
  /** Where on the disc it goes, without slashes at either end; '' is the top. */
  readonly path: ByteString;
  readonly node: IsoNode;
  /** Which file of the source is which of the disc's. */
  readonly files: ReadonlyMap<RegularFile, IsoFile>;
}

/**
 * Checks early what would else fail after the source has been read.
 * @throws SnapdiscError `usage.disc-include` listing all that are no directories.
 */
export async function checkIncludes(folders: readonly string[]): Promise<void> {
  const wrong: string[] = [];
  for (const folder of folders) {
    const stats = await stat(folder).catch(() => undefined);
    if (!stats?.isDirectory()) wrong.push(folder);
  }
  if (wrong.length === 0) return;
  throw new SnapdiscError('usage.disc-include', `Not a directory: ${wrong.join(', ')}.`, {
    hint: '--disc-include takes directories of this machine: DIR, or DIR:PATH on the disc.',
  });
}

/**
 * Opens a directory for the disc (`--disc-include DIR[:PATH]`); without a path its contents go to
 * the top of the disc.
 * @throws SnapdiscError `source.*` as openDirectory does; the reason of `signal`.
 */
export async function openInclude(
  { from, to }: Destination,
  signal?: AbortSignal,
): Promise<DiscInclude> {
  const source = await openDirectory(from, signal);
  const files = new Map<RegularFile, IsoFile>();
  const convert = (inode: Inode): IsoNode => {
    const { mode, uid, gid, mtime } = inode;
    const attributes = { mode, uid, gid, mtime };
    switch (inode.kind) {
      case 'directory': {
        const entries = [...inode.entries].map(([name, child]) => [name, convert(child)] as const);
        return { ...attributes, kind: 'directory', entries: new Map(entries) };
      }
      case 'file': {
        // The same object for every name of a hard link, so that its data are stored once.
        const file = files.get(inode) ?? { ...attributes, kind: 'file', size: inode.size };
        files.set(inode, file);
        return file;
      }
      case 'symlink':
        return { ...attributes, kind: 'symlink', target: inode.target };
      case 'block':
      case 'char':
        return { ...attributes, kind: inode.kind, major: inode.major, minor: inode.minor };
      default:
        return { ...attributes, kind: inode.kind };
    }
  };
  const path = byteStringFromText(to ?? '').replace(/^\/+|\/+$/g, '');
  return { source, from, path, node: convert(source.root), files };
}
