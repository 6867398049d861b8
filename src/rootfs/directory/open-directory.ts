import { realpath } from 'node:fs/promises';
import { SnapdiscError } from '../../errors.js';
import { fileBuffer } from '../file-buffer.js';
import type { FileChunk, Source } from '../source.js';
import { storedFiles, sumOfRuns } from '../stored-files.js';
import type { Directory, RegularFile } from '../tree.js';
import { readFiles } from './read.js';
import type { RunningSystem } from './running-system.js';
import { type Scan, type ScannedFile, scanDirectory } from './scan.js';
import { addXattrs } from './xattrs.js';

/**
 * Opens a directory as a source: pass 1.
 * @param running how it is read when it is the system that runs here.
 * @throws SnapdiscError `source.empty`, `source.unreadable`, and, unless it runs, `source.changed`; the
 *   reason of `signal`.
 */
export async function openDirectory(
  path: string,
  signal?: AbortSignal,
  running?: RunningSystem,
): Promise<Source> {
  const rootPath = await realpath(path);
  const scan = await scanDirectory(rootPath, signal, running);
  if (scan.root.entries.size === 0) {
    throw new SnapdiscError('source.empty', `The directory ${path} is empty.`, {
      hint: 'Is the root filesystem mounted there, or still to be unpacked?',
    });
  }
  const isRunning = running !== undefined;
  const warnings = await addXattrs(scan.root, rootPath, scan.crossed, signal, isRunning);
  const all = [...scan.warnings, ...warnings];
  return new DirectorySource(path, Buffer.from(rootPath), scan, all, running);
}

class DirectorySource implements Source {
  readonly description: string;
  readonly warnings: readonly string[];
  readonly #rootPath: Buffer;
  readonly #scan: Scan;
  readonly #running: RunningSystem | undefined;

  constructor(
    path: string,
    rootPath: Buffer,
    scan: Scan,
    warnings: readonly string[],
    running: RunningSystem | undefined,
  ) {
    this.description = running === undefined ? `directory ${path}` : 'running system';
    this.#running = running;
    this.warnings = warnings;
    this.#rootPath = rootPath;
    this.#scan = scan;
  }

  get root(): Directory {
    return this.#scan.root;
  }

  get dataBytes(): number {
    return sumOfRuns(storedFiles(this.root));
  }

  async fetch(files: readonly RegularFile[]): Promise<Map<RegularFile, Buffer>> {
    const found = new Map<RegularFile, Buffer>();
    for (const file of files) {
      const contents = fileBuffer(file);
      if (file.content !== undefined) contents.set(file.content);
      found.set(file, contents);
    }
    const stored = [...found.keys()].filter((file) => file.content === undefined);
    for await (const { file, offset, data } of this.#readFiles(stored)) {
      found.get(file)?.set(data, offset);
    }
    return found;
  }

  read(): AsyncIterable<FileChunk> {
    return this.#readFiles(storedFiles(this.root));
  }

  changesMet(): string[] {
    return this.#running?.warnings() ?? [];
  }

  /** Nothing stays open between the passes. */
  async close(): Promise<void> {}

  #readFiles(files: Iterable<RegularFile>): AsyncIterable<FileChunk> {
    return readFiles(this.#rootPath, this.#scanned(files), this.#running);
  }

  #scanned(files: Iterable<RegularFile>): Map<RegularFile, ScannedFile> {
    const found = new Map<RegularFile, ScannedFile>();
    for (const file of files) {
      const scanned = this.#scan.files.get(file);
      if (scanned === undefined)
        throw new Error('A file was asked for that is not of this source.');
      found.set(file, scanned);
    }
    return found;
  }
}
