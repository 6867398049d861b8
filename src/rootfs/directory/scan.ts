import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { type ByteString, byteString, bytesOf, printable } from '../../bytes.js';
import { changed, type FileIdentity, GONE, identityOf } from '../identity.js';
import type {
  DataRun,
  Directory,
  Inode,
  InodeAttributes,
  RegularFile,
  Timestamp,
} from '../tree.js';
import { fileFromContent, wholeFile } from '../tree.js';
import { splitDeviceNumber } from './device-number.js';
import { findRuns } from './holes.js';
import { reasonToSkipMount } from './mounts.js';
import type { RunningSystem } from './running-system.js';
import { type UnreadableFile, unreadable } from './unreadable.js';

export interface ScannedFile {
  /** One of its names, from the source's root. */
  readonly path: ByteString;
  readonly identity: FileIdentity;
}

export interface Scan {
  readonly root: Directory;
  readonly files: ReadonlyMap<RegularFile, ScannedFile>;
  /** Mount points inside the source whose contents were taken along. */
  readonly crossed: readonly ByteString[];
  readonly warnings: readonly string[];
}

/** Opens a file for reading its data, never another kind of file that took its place. */
export const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads the metadata of everything below `rootPath`: pass 1, without xattrs. Names and symlink
 * targets are bytes; st_dev and st_ino tell hard links.
 * @param running how to read the system that runs here; what vanishes is then left out.
 * @throws SnapdiscError `source.unreadable` with a list, `source.changed`; the reason of `signal`.
 */
export async function scanDirectory(
  rootPath: string,
  signal?: AbortSignal,
  running?: RunningSystem,
): Promise<Scan> {
  const scanner = new Scanner(Buffer.from(rootPath), running);
  await scanner.run(signal);
  return scanner.result();
}

interface PendingDirectory {
  readonly path: ByteString;
  readonly directory: Directory;
  readonly device: bigint;
}

class Scanner {
  readonly #rootPath: Buffer;
  readonly #running: RunningSystem | undefined;
  readonly #root: Directory;
  readonly #pending: PendingDirectory[];
  readonly #files = new Map<RegularFile, ScannedFile>();
  /** Inodes with several names, by device and inode number. */
  readonly #linked = new Map<string, Exclude<Inode, Directory>>();
  readonly #unreadable: UnreadableFile[] = [];
  readonly #crossed: ByteString[] = [];
  readonly #skipped: string[] = [];

  constructor(rootPath: Buffer, running: RunningSystem | undefined) {
    this.#rootPath = rootPath;
    this.#running = running;
    const stats = lstatSync(rootPath, { bigint: true });
    this.#root = { ...attributesOf(stats), kind: 'directory', entries: new Map() };
    this.#pending = [{ path: '', directory: this.#root, device: stats.dev }];
  }

  /** Synchronous calls: tens of thousands of lstat cost several times as much the other way. */
  async run(signal?: AbortSignal): Promise<void> {
    let visited = 0;
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#list(next);
      if (++visited % 256 === 0) {
        await breathe();
        signal?.throwIfAborted();
      }
    }
    if (this.#unreadable.length > 0) throw unreadable(this.#rootPath.toString(), this.#unreadable);
  }

  result(): Scan {
    const warnings =
      this.#skipped.length === 0
        ? []
        : [`Left out what is mounted at ${this.#skipped.join(', ')}; the directories stay, empty.`];
    return { root: this.#root, files: this.#files, crossed: this.#crossed, warnings };
  }

  #list({ path, directory, device }: PendingDirectory): void {
    const names = this.#attempt(path, () =>
      readdirSync(absolutePath(this.#rootPath, path), { encoding: 'buffer' }),
    );
    const prefix = path === '' ? '' : `${path}/`;
    for (const name of (names ?? []).map(byteString).sort()) {
      if (this.#running?.isLeftOut(prefix + name) === true) continue;
      const inode = this.#attempt(prefix + name, () => this.#inode(prefix + name, device));
      if (inode !== undefined) directory.entries.set(name, inode);
    }
  }

  /** Runs one step; what may not be read is collected, so that all of it is reported at once. */
  #attempt<Result>(path: ByteString, step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (this.#running !== undefined && GONE.test(code)) return undefined;
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        throw changed(`"${printable(path)}"`, error);
      }
      if (!/^E[A-Z0-9]+$/.test(code)) throw error;
      this.#unreadable.push({ path, reason: code });
      return undefined;
    }
  }

  #inode(path: ByteString, parentDevice: bigint): Inode {
    const absolute = absolutePath(this.#rootPath, path);
    const stats = lstatSync(absolute, { bigint: true });
    if (stats.isDirectory()) return this.#directory(path, absolute, stats, parentDevice);
    const key = stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined;
    const known = key === undefined ? undefined : this.#linked.get(key);
    if (known !== undefined) return known;
    const inode = this.#newInode(path, absolute, stats);
    if (key !== undefined) this.#linked.set(key, inode);
    return inode;
  }

  #directory(
    path: ByteString,
    absolute: Buffer,
    stats: BigIntStats,
    parentDevice: bigint,
  ): Directory {
    const directory: Directory = {
      ...attributesOf(stats),
      kind: 'directory',
      entries: new Map(),
    };
    if (this.#running?.isEmptied(path) === true) return directory;
    if (stats.dev !== parentDevice) {
      const reason = reasonToSkipMount(path, absolute);
      if (reason !== undefined) {
        this.#skipped.push(`/${printable(path)} (${reason})`);
        return directory;
      }
      this.#crossed.push(path);
    }
    this.#pending.push({ path, directory, device: stats.dev });
    return directory;
  }

  #newInode(path: ByteString, absolute: Buffer, stats: BigIntStats): Exclude<Inode, Directory> {
    const attributes = attributesOf(stats);
    if (stats.isFile()) {
      accessSync(absolute, constants.R_OK);
      const size = Number(stats.size);
      if (this.#running?.readsAtOnce(size, Number(stats.mtimeMs)) === true) {
        return fileFromContent(readAtOnce(absolute), attributes);
      }
      const file: RegularFile = {
        ...attributes,
        kind: 'file',
        size,
        runs: runsOf(absolute, stats),
      };
      this.#files.set(file, { path, identity: identityOf(stats) });
      return file;
    }
    if (stats.isSymbolicLink()) {
      const target = byteString(readlinkSync(absolute, { encoding: 'buffer' }));
      return { ...attributes, kind: 'symlink', target };
    }
    if (stats.isFIFO()) return { ...attributes, kind: 'fifo' };
    if (stats.isSocket()) return { ...attributes, kind: 'socket' };
    const kind = stats.isBlockDevice() ? 'block' : 'char';
    return { ...attributes, kind, ...splitDeviceNumber(stats.rdev) };
  }
}

/** `path` below the source's root as the system calls take it. */
export function absolutePath(rootPath: Buffer, path: ByteString): Buffer {
  return path === '' ? rootPath : Buffer.concat([rootPath, Buffer.from('/'), bytesOf(path)]);
}

function runsOf(absolute: Buffer, stats: BigIntStats): readonly DataRun[] {
  const size = Number(stats.size);
  // Fewer blocks than bytes: holes, or a filesystem that compresses.
  if (stats.blocks * 512n >= stats.size) return wholeFile(size);
  const descriptor = openSync(absolute, OPEN_FLAGS);
  try {
    return findRuns(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
}

function readAtOnce(absolute: Buffer): Buffer {
  const descriptor = openSync(absolute, OPEN_FLAGS);
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function attributesOf(stats: BigIntStats): InodeAttributes {
  return {
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime: timestampOf(stats.mtimeNs),
    xattrs: [],
  };
}

function timestampOf(nanoseconds: bigint): Timestamp {
  const within = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {
    seconds: Number((nanoseconds - within) / 1_000_000_000n),
    nanoseconds: Number(within),
  };
}
