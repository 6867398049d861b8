import { realpath } from 'node:fs/promises';
import { SnapdiscError } from '../../errors.js';
import { fileBuffer } from '../file-buffer.js';
import type { FileChunk, Source } from '../source.js';
import { storedFiles, sumOfRuns } from '../stored-files.js';
import type { Directory, RegularFile } from '../tree.js';
import { readFiles } from './read.js';
import { type Scan, type ScannedFile, scanDirectory } from './scan.js';
import { addXattrs } from './xattrs.js';

/**
 * Opens a directory as a source: pass 1.
 * @throws SnapdiscError `source.empty`, `source.unreadable`, `source.changed`; the reason of `signal`.
 */
export async function openDirectory(path: string, signal?: AbortSignal): Promise<Source> {
  const rootPath = await realpath(path);
  const scan = await scanDirectory(rootPath, signal);
  if (scan.root.entries.size === 0) {
    throw new SnapdiscError('source.empty', `The directory ${path} is empty.`, {
      hint: 'Is the root filesystem mounted there, or still to be unpacked?',
    });
  }
  const warnings = await addXattrs(scan.root, rootPath, scan.crossed, signal);
  return new DirectorySource(path, Buffer.from(rootPath), scan, [...scan.warnings, ...warnings]);
}

class DirectorySource implements Source {
  readonly description: string;
  readonly warnings: readonly string[];
  readonly #rootPath: Buffer;
  readonly #scan: Scan;

  constructor(path: string, rootPath: Buffer, scan: Scan, warnings: readonly string[]) {
    this.description = `directory ${path}`;
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
    for await (const { file, offset, data } of readFiles(this.#rootPath, this.#scanned(stored))) {
      found.get(file)?.set(data, offset);
    }
    return found;
  }

  read(): AsyncIterable<FileChunk> {
    return readFiles(this.#rootPath, this.#scanned(storedFiles(this.root)));
  }

  /** Nothing stays open between the passes. */
  async close(): Promise<void> {}

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
