/**
 * A root filesystem as the programs inside it would see it: paths resolve inside it, as after a
 * chroot. The rootfs and the machine that builds look the same through it.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { type ByteString, byteString, bytesOf, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import type { Source } from '../rootfs/source.js';
import { lookup, type RegularFile, realPath } from '../rootfs/tree.js';
import { MIB } from '../units.js';

/** Bytes; kernels and their largest modules, with debug information, stay well below. */
const MAX_FILE = 256 * MIB;

export interface RootView {
  /** For messages, a noun: `the root filesystem`. */
  readonly description: string;
  /** The path the regular file at `path` really has, without a leading slash, or undefined. */
  resolve(path: ByteString): Promise<ByteString | undefined>;
  /** Names in the directory at `path`, in byte order; `[]` when there is none. */
  list(path: ByteString): Promise<readonly ByteString[]>;
  /**
   * Contents of files, by the paths that were asked for; absent are those that do not exist.
   * @throws SnapdiscError `rootfs.file-too-large` over 256 MiB, which no file of an initrd has.
   */
  read(paths: readonly ByteString[]): Promise<Map<ByteString, Buffer>>;
}

/** A file of a view. */
export interface ViewFile {
  /** The path it really has, without a leading slash. */
  readonly source: ByteString;
  readonly content: Buffer;
}

/** The file at `path`, or undefined. */
export async function readViewFile(
  view: RootView,
  path: ByteString,
): Promise<ViewFile | undefined> {
  const source = await view.resolve(path);
  if (source === undefined) return undefined;
  const content = (await view.read([source])).get(source);
  return content && { source, content };
}

/** The root filesystem of a source. */
export function sourceView(source: Source): RootView {
  const { root } = source;
  return {
    description: 'the root filesystem',
    async resolve(path) {
      return lookup(root, path)?.kind === 'file' ? realPath(root, path) : undefined;
    },
    async list(path) {
      const inode = lookup(root, path);
      return inode?.kind === 'directory' ? [...inode.entries.keys()].sort() : [];
    },
    async read(paths) {
      const files = new Map<ByteString, RegularFile>();
      for (const path of paths) {
        const inode = lookup(root, path);
        if (inode?.kind !== 'file') continue;
        if (inode.size > MAX_FILE) throw tooLarge(path);
        files.set(path, inode);
      }
      const contents = await source.fetch([...new Set(files.values())]);
      const byPath = new Map<ByteString, Buffer>();
      for (const [path, file] of files) {
        const content = contents.get(file);
        if (content !== undefined) byPath.set(path, content);
      }
      return byPath;
    },
  };
}

/** The machine that builds. */
export const hostView: RootView = {
  description: 'the machine that builds',
  async resolve(path) {
    try {
      const real = await realpath(hostPath(path), 'buffer');
      return (await stat(real)).isFile() ? byteString(real).replace(/^\/+/, '') : undefined;
    } catch {
      return undefined;
    }
  },
  async list(path) {
    try {
      return (await readdir(hostPath(path), 'buffer')).map(byteString).sort();
    } catch {
      return [];
    }
  },
  async read(paths) {
    const contents = new Map<ByteString, Buffer>();
    for (const path of paths) {
      if ((await hostView.resolve(path)) === undefined) continue;
      if ((await stat(hostPath(path))).size > MAX_FILE) throw tooLarge(path);
      contents.set(path, await readFile(hostPath(path)));
    }
    return contents;
  },
};

function hostPath(path: ByteString): Buffer {
  return bytesOf(`/${path.replace(/^\/+/, '')}`);
}

function tooLarge(path: ByteString): SnapdiscError {
  return new SnapdiscError(
    'rootfs.file-too-large',
    `/${printable(path)} is over ${MAX_FILE / MIB} MiB, too large to be what its name says.`,
    { hint: 'Check that the root filesystem is complete and undamaged.' },
  );
}
