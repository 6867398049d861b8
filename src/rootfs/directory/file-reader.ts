import { closeSync, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { printable } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import { changed, identityOf, sameIdentity } from '../identity.js';
import type { FileChunk } from '../source.js';
import type { RegularFile } from '../tree.js';
import { absolutePath, OPEN_FLAGS, type ScannedFile } from './scan.js';
import { unreadable } from './unreadable.js';

const openFile = promisify(open);
const readAt = promisify(read);

/** Reads the pieces of one file, in any order and at once, and checks that it is what pass 1 saw. */
export class FileReader {
  readonly #file: RegularFile;
  readonly #scanned: ScannedFile;
  readonly #rootPath: Buffer;
  /** Pieces still to be read; the file is checked and closed after the last one. */
  #left: number;
  #opening: Promise<number> | undefined;

  constructor(file: RegularFile, scanned: ScannedFile, rootPath: Buffer, pieces: number) {
    this.#file = file;
    this.#scanned = scanned;
    this.#rootPath = rootPath;
    this.#left = pieces;
  }

  /** @throws SnapdiscError `source.changed`, `source.unreadable`. */
  async read(offset: number, length: number): Promise<FileChunk> {
    this.#opening ??= this.#open();
    const descriptor = await this.#opening;
    const data = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#attempt(() =>
        readAt(descriptor, data, filled, length - filled, offset + filled),
      );
      if (bytesRead === 0) throw this.#changed();
      filled += bytesRead;
    }
    if (--this.#left === 0) {
      const isSame = this.#isSame(descriptor);
      await this.close();
      if (!isSame) throw this.#changed();
    }
    return { file: this.#file, offset, data };
  }

  /** Closes the file if it is open; may be called twice. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const descriptor = await opening?.catch(() => undefined);
    if (descriptor !== undefined) closeSync(descriptor);
  }

  async #open(): Promise<number> {
    const path = absolutePath(this.#rootPath, this.#scanned.path);
    const descriptor = await this.#attempt(() => openFile(path, OPEN_FLAGS));
    if (this.#isSame(descriptor)) return descriptor;
    closeSync(descriptor);
    throw this.#changed();
  }

  /** Synchronous: of an open file it never waits for the disk, so it is not worth a thread. */
  #isSame(descriptor: number): boolean {
    const now = identityOf(fstatSync(descriptor, { bigint: true }));
    return sameIdentity(now, this.#scanned.identity);
  }

  async #attempt<Result>(step: () => Promise<Result>): Promise<Result> {
    try {
      return await step();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      // Gone, or something else took its place: a symlink, a socket, a directory.
      if (/^(?:ENOENT|ENOTDIR|ELOOP|ENXIO|ESTALE)$/.test(code)) throw this.#changed(error);
      if (error instanceof SnapdiscError || !/^E[A-Z0-9]+$/.test(code)) throw error;
      throw unreadable(this.#rootPath.toString(), [{ path: this.#scanned.path, reason: code }]);
    }
  }

  #changed(cause?: unknown): SnapdiscError {
    return changed(`"/${printable(this.#scanned.path)}" in ${this.#rootPath}`, cause);
  }
}
