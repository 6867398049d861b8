import { closeSync, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { printable } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import { changed, GONE, identityOf, sameIdentity } from '../identity.js';
import type { FileChunk } from '../source.js';
import type { RegularFile } from '../tree.js';
import type { RunningSystem } from './running-system.js';
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
  /** Undefined for a file that is gone. */
  #opening: Promise<number | undefined> | undefined;
  readonly #running: RunningSystem | undefined;

  /** @param running where it is no failure that files change: what is missing of them is zeros. */
  constructor(
    file: RegularFile,
    scanned: ScannedFile,
    rootPath: Buffer,
    pieces: number,
    running?: RunningSystem,
  ) {
    this.#running = running;
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
    while (filled < length && descriptor !== undefined) {
      const read = await this.#attempt(() =>
        readAt(descriptor, data, filled, length - filled, offset + filled),
      );
      if (read === undefined || read.bytesRead === 0) break;
      filled += read.bytesRead;
    }
    if (filled < length) this.#tellChange();
    data.fill(0, filled);
    if (--this.#left === 0) {
      const isSame = descriptor !== undefined && this.#isSame(descriptor);
      await this.close();
      if (!isSame) this.#tellChange();
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

  async #open(): Promise<number | undefined> {
    const path = absolutePath(this.#rootPath, this.#scanned.path);
    const descriptor = await this.#attempt(() => openFile(path, OPEN_FLAGS));
    if (descriptor === undefined || this.#isSame(descriptor)) return descriptor;
    try {
      this.#tellChange();
      if (fstatSync(descriptor).isFile()) return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(descriptor);
    return undefined;
  }

  /** Synchronous: of an open file it never waits for the disk, so it is not worth a thread. */
  #isSame(descriptor: number): boolean {
    const now = identityOf(fstatSync(descriptor, { bigint: true }));
    return sameIdentity(now, this.#scanned.identity);
  }

  /** Undefined where the file is gone, and that is no failure. */
  async #attempt<Result>(step: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await step();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (GONE.test(code)) {
        this.#tellChange(error);
        return undefined;
      }
      if (error instanceof SnapdiscError || !/^E[A-Z0-9]+$/.test(code)) throw error;
      throw unreadable(this.#rootPath.toString(), [{ path: this.#scanned.path, reason: code }]);
    }
  }

  /** @throws SnapdiscError `source.changed` where that is a failure. */
  #tellChange(cause?: unknown): void {
    const { path } = this.#scanned;
    if (this.#running === undefined) {
      throw changed(`"/${printable(path)}" in ${this.#rootPath}`, cause);
    }
    this.#running.noteChange(path);
  }
}
