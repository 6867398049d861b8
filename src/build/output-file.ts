import { constants, writeSync } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { SnapdiscError } from '../errors.js';
import { MIB } from '../units.js';

/** So much is worth waking the disk for: a second's work for the slowest, and few flushes in all. */
const FLUSH_BYTES = 32 * MIB;

/**
 * A disc image, or another file, while it is written: `NAME.partial` beside the output, which replaces
 * the output in one step when everything is on the disk, and vanishes when anything fails.
 */
export class OutputFile {
  readonly #handle: FileHandle;
  readonly #partial: string;
  readonly #output: string;
  /** Bytes written since the last flush began. */
  #unflushed = 0;
  #flush: Promise<void> | undefined;
  /** The kernel tells of a lost write once, and `finish` must know. */
  #flushFailure: unknown;

  private constructor(handle: FileHandle, partial: string, output: string) {
    this.#handle = handle;
    this.#partial = partial;
    this.#output = output;
  }

  /**
   * Creates the partial file, `size` bytes of zeros that take no room yet.
   * @param needed bytes that will be written, if there are holes.
   * @throws SnapdiscError `output.full`, `output.busy`, `output.failed`
   */
  static async create(path: string, size: number, needed = size): Promise<OutputFile> {
    const output = await targetOf(path);
    const partial = partialPath(output);
    await checkSpace(partial, needed);
    const handle = await openPartial(partial);
    const file = new OutputFile(handle, partial, output);
    try {
      await handle.truncate(size);
    } catch (error) {
      await file.discard();
      throw outputError(partial, error);
    }
    return file;
  }

  /**
   * Writes at a byte offset. Synchronous: tens of thousands of small files would each pay for a
   * trip through the thread pool, and the page cache takes the bytes at once anyway.
   * @throws SnapdiscError `output.full`, `output.failed`
   */
  write(offset: number, data: Uint8Array): void {
    try {
      for (let done = 0; done < data.length; ) {
        done += writeSync(this.#handle.fd, data, done, data.length - done, offset + done);
      }
    } catch (error) {
      throw outputError(this.#partial, error);
    }
    this.#unflushed += data.length;
    if (this.#unflushed >= FLUSH_BYTES) this.startFlush();
  }

  /** Reads `buffer.length` bytes at a byte offset. */
  async read(offset: number, buffer: Uint8Array): Promise<void> {
    for (let done = 0; done < buffer.length; ) {
      const { bytesRead } = await this.#handle.read(
        buffer,
        done,
        buffer.length - done,
        offset + done,
      );
      if (bytesRead === 0) throw outputError(this.#partial, new Error('it was truncated'));
      done += bytesRead;
    }
  }

  /**
   * Cuts the file off at `size` bytes, or makes it longer by zeros.
   * @throws SnapdiscError `output.full`, `output.failed`
   */
  async resize(size: number): Promise<void> {
    try {
      await this.#handle.truncate(size);
    } catch (error) {
      throw outputError(this.#partial, error);
    }
  }

  /** Lets the disk work on what was written so far, unless it is at work already. */
  startFlush(): void {
    if (this.#flush !== undefined) return;
    this.#unflushed = 0;
    this.#flush = this.#handle
      .datasync()
      .catch((error: unknown) => {
        this.#flushFailure ??= error;
      })
      .finally(() => {
        this.#flush = undefined;
      });
  }

  /** Waits until all bytes are on the disk, then takes the output's place. */
  async finish(): Promise<void> {
    try {
      await this.#flush;
      if (this.#flushFailure !== undefined) throw this.#flushFailure;
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#partial, this.#output);
    } catch (error) {
      await this.discard();
      throw outputError(this.#partial, error);
    }
  }

  /** Removes the partial file; the output stays as it was. May be called twice. */
  async discard(): Promise<void> {
    // A flush that goes on has nothing left to write.
    await this.#handle.truncate(0).catch(() => undefined);
    await this.#flush;
    await this.#handle.close().catch(() => undefined);
    await rm(this.#partial, { force: true });
  }
}

/**
 * Checks, before anything is read, that the output can be written and is none of what goes into it.
 * @param sources files and directories of this machine that the disc is made of.
 * @throws SnapdiscError `output.exists`, `output.not-a-file`, `output.no-directory`,
 *   `output.read-only`, `output.busy`, `output.is-source`, `output.inside-source`
 */
export async function checkOutput(
  path: string,
  sources: readonly string[],
  force: boolean,
): Promise<void> {
  const output = await targetOf(path);
  const folder = await checkFolder(output);
  const existing = await lstat(output).catch(() => undefined);
  if (existing !== undefined && !existing.isFile()) {
    throw new SnapdiscError('output.not-a-file', `${path} exists and is not a regular file.`, {
      hint: existing.isBlockDevice()
        ? 'Give the name of a file; snapdisc flash writes a disc image onto a drive.'
        : 'Give the name of a file.',
    });
  }
  if (existing !== undefined && !force) {
    throw new SnapdiscError('output.exists', `${path} exists already.`, {
      hint: 'Use --force to replace it, or choose another name.',
    });
  }
  if (await stat(partialPath(output)).catch(() => undefined)) throw busy(partialPath(output));
  for (const source of sources) {
    const from = await stat(source).catch(() => undefined);
    if (from === undefined) continue;
    if (existing !== undefined && from.dev === existing.dev && from.ino === existing.ino) {
      throw new SnapdiscError('output.is-source', `${path} is what the output is made of.`, {
        hint: 'It would be replaced: choose another name.',
      });
    }
  }
  await checkNotInside(path, folder, sources);
}

/**
 * Checks that the folder of an output is none of the sources, nor inside one.
 * @throws SnapdiscError `output.inside-source`
 */
export async function checkNotInside(
  path: string,
  folder: string,
  sources: readonly string[],
): Promise<void> {
  for (const source of sources) {
    const from = await stat(source).catch(() => undefined);
    if (from === undefined || !from.isDirectory()) continue;
    if (isWithin(folder, await realpath(source))) {
      throw new SnapdiscError('output.inside-source', `${path} lies inside ${source}.`, {
        hint: 'The disc would contain itself: choose a place outside.',
      });
    }
  }
}

/** Whether `path` is `folder` or lies below it. Both are absolute. */
export function isWithin(path: string, folder: string): boolean {
  const [first] = relative(folder, path).split('/');
  return first !== '..';
}

/** Where a symlink leads, also to what is not there yet: the image goes there, and the link stays. */
async function targetOf(output: string): Promise<string> {
  try {
    return await realpath(output);
  } catch (error) {
    // Links that go round in circles are none of these, and come back as they are.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return output;
    const link = await readlink(output).catch(() => undefined);
    return link === undefined ? output : targetOf(resolve(await realpath(dirname(output)), link));
  }
}

/** The real path of the folder that the output goes to. */
export async function checkFolder(output: string): Promise<string> {
  const folder = dirname(resolve(output));
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return await realpath(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SnapdiscError('output.no-directory', `${folder} is not a directory.`, {
        hint: 'Create it first, or choose another place for the output.',
        cause: error,
      });
    }
    throw new SnapdiscError('output.read-only', `Nothing can be written to ${folder}.`, {
      hint: 'Check its permissions, or choose another place for the output.',
      cause: error,
    });
  }
}

export function partialPath(output: string): string {
  return join(dirname(output), `${basename(output)}.partial`);
}

/** @throws SnapdiscError `output.full` where `size` bytes have no room beside `partial`. */
export async function checkSpace(partial: string, size: number): Promise<void> {
  const space = await statfs(dirname(partial)).catch(() => undefined);
  if (space === undefined || space.bavail * space.bsize >= size) return;
  const mib = (bytes: number) => Math.ceil(bytes / MIB);
  throw new SnapdiscError(
    'output.full',
    `The output needs ${mib(size)} MiB, but ${dirname(partial)} has ${mib(space.bavail * space.bsize)} MiB left.`,
    { hint: 'Free some space, or write the output to another file system.' },
  );
}

async function openPartial(partial: string): Promise<FileHandle> {
  try {
    return await open(partial, 'wx+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw outputError(partial, error);
    throw busy(partial);
  }
}

export function busy(partial: string): SnapdiscError {
  return new SnapdiscError('output.busy', `${partial} exists: another run is writing it.`, {
    hint: 'Wait for it to end. If none is running, a killed one left the file: remove it.',
  });
}

/** What went wrong with writing `path`, as one of ours. */
export function outputError(path: string, error: unknown): SnapdiscError {
  if (error instanceof SnapdiscError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SnapdiscError('output.full', `The disk is full: ${path} could not be finished.`, {
      hint: 'Free some space, or write the output to another file system.',
      cause: error,
    });
  }
  const hint =
    code === 'EFBIG'
      ? 'This file system holds no file of that size; write the output to another one.'
      : 'Check the permissions of the folder and the health of the disk.';
  return new SnapdiscError('output.failed', `${path} could not be written: ${message}`, {
    hint,
    cause: error,
  });
}
