import { read as readCallback } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MIB } from '../../units.js';
import { fileBuffer, fillRuns } from '../file-buffer.js';
import type { Compression } from '../format.js';
import { changed, type FileIdentity, identityOf, sameIdentity } from '../identity.js';
import type { FileChunk, Source } from '../source.js';
import { storedFiles, sumOfRuns } from '../stored-files.js';
import type { Directory, RegularFile } from '../tree.js';
import { decompress } from './decompress.js';
import { cutExtents, type Extent, type Piece, planExtents } from './extents.js';

export interface TarContents {
  readonly path: string;
  /** The archive as the user knows it: for a spooled one not its path. */
  readonly name: string;
  readonly handle: FileHandle;
  readonly identity: FileIdentity;
  readonly compression: Compression | undefined;
  readonly root: Directory;
  /** Where the archive stores each file's first run, in bytes. */
  readonly positions: ReadonlyMap<RegularFile, number>;
  /** Stored bytes of files that pass 1 kept. */
  readonly kept: ReadonlyMap<RegularFile, Buffer>;
  readonly warnings: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** One read of the archive; also the most that a gap between wanted data may cost. */
const PIECE_BYTES = MIB;
const MAX_GAP_BYTES = 128 * 1024;

const readAt = promisify(readCallback);

/** A tar archive whose Tree is known: pass 2. Made by `openTar`. */
export class TarSource implements Source {
  readonly #contents: TarContents;
  #closed = false;

  constructor(contents: TarContents) {
    this.#contents = contents;
  }

  get description(): string {
    return `tar archive ${this.#contents.name}`;
  }

  get root(): Directory {
    return this.#contents.root;
  }

  get warnings(): readonly string[] {
    return this.#contents.warnings;
  }

  get dataBytes(): number {
    return sumOfRuns(storedFiles(this.root));
  }

  async fetch(files: readonly RegularFile[]): Promise<Map<RegularFile, Buffer>> {
    const found = new Map<RegularFile, Buffer>();
    const missing: RegularFile[] = [];
    for (const file of new Set(files)) {
      const contents = fileBuffer(file);
      found.set(file, contents);
      const stored = this.#contents.kept.get(file);
      if (file.content !== undefined) contents.set(file.content);
      else if (stored !== undefined) fillRuns(file, contents, stored);
      else if (file.runs.length > 0) missing.push(file);
    }
    if (missing.length > 0) {
      for await (const { file, offset, data } of this.#chunks(missing)) {
        found.get(file)?.set(data, offset);
      }
    }
    return found;
  }

  read(): AsyncIterable<FileChunk> {
    return this.#chunks(storedFiles(this.root));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#contents.handle.close();
  }

  async *#chunks(files: Iterable<RegularFile>): AsyncGenerator<FileChunk> {
    const extents = planExtents(files, this.#contents.positions);
    await this.#checkUnchanged();
    if (extents.length === 0) return;
    let finished: number;
    try {
      finished = yield* cutExtents(this.#pieces(extents), extents);
    } catch (error) {
      // Damage that a change explains should not be called damage.
      await this.#checkUnchanged();
      throw error;
    }
    await this.#checkUnchanged();
    if (finished < extents.length) throw changed(this.description);
  }

  #pieces(extents: readonly Extent[]): AsyncIterable<Piece> {
    const { compression, handle, path, signal } = this.#contents;
    return compression === undefined
      ? readPieces(handle.fd, extents)
      : countPieces(decompress(path, compression, signal));
  }

  /** By its path too: a decompressor opens it again by that. */
  async #checkUnchanged(): Promise<void> {
    const { handle, identity, path } = this.#contents;
    for (const look of [() => handle.stat({ bigint: true }), () => stat(path, { bigint: true })]) {
      let now: FileIdentity;
      try {
        now = identityOf(await look());
      } catch (error) {
        throw changed(this.description, error);
      }
      if (!sameIdentity(now, identity)) throw changed(this.description);
    }
  }
}

async function* countPieces(pieces: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let position = 0;
  for await (const data of pieces) {
    yield { position, data };
    position += data.length;
  }
}

/**
 * Reads what covers the extents, in large pieces, the next one while the last one is in use. Two
 * buffers take turns: a new one for each piece would make V8 collect garbage all the time.
 */
async function* readPieces(descriptor: number, extents: readonly Extent[]): AsyncGenerator<Piece> {
  const ranges = piecesCovering(extents);
  let buffer = Buffer.alloc(0);
  let other = buffer;
  const start = async ({ position, length }: { position: number; length: number }) => {
    [buffer, other] = [other, buffer];
    if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    const target = buffer;
    const { bytesRead } = await readAt(descriptor, target, 0, length, position);
    return { position, data: target.subarray(0, bytesRead) };
  };
  let ahead: Promise<Piece> | undefined;
  try {
    for (let i = 0; i < ranges.length; i++) {
      const range = ranges[i];
      if (range === undefined) break;
      const piece = await (ahead ?? start(range));
      const next = ranges[i + 1];
      ahead = next === undefined ? undefined : start(next);
      // Handled where it is awaited; left early, nobody does.
      ahead?.catch(() => {});
      if (piece.data.length > 0) yield piece;
      // The archive became shorter: the caller sees extents missing.
      if (piece.data.length < range.length) return;
    }
  } finally {
    await ahead?.catch(() => {});
  }
}

function piecesCovering(extents: readonly Extent[]): { position: number; length: number }[] {
  const pieces: { position: number; length: number }[] = [];
  for (const { position, length } of extents) {
    const end = position + length;
    const last = pieces.at(-1);
    let at = position;
    if (last !== undefined && position - (last.position + last.length) <= MAX_GAP_BYTES) {
      const grown = Math.min(Math.max(end - last.position, last.length), PIECE_BYTES);
      at = Math.max(last.position + grown, last.position + last.length);
      last.length = at - last.position;
    }
    for (; at < end; at += PIECE_BYTES) {
      pieces.push({ position: at, length: Math.min(PIECE_BYTES, end - at) });
    }
  }
  return pieces;
}
