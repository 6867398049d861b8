import { type FileHandle, open } from 'node:fs/promises';
import { SnapdiscError } from '../../errors.js';
import { MIB } from '../../units.js';
import { fileBuffer, fillRuns } from '../file-buffer.js';
import {
  type Compression,
  describeFormat,
  detectCompression,
  FORMAT_HEAD_BYTES,
  looksLikeTar,
} from '../format.js';
import { identityOf } from '../identity.js';
import { readFully } from '../read-fully.js';
import type { KeepPredicate, Onlooker, Source } from '../source.js';
import type { RegularFile } from '../tree.js';
import { parseArchive } from './archive.js';
import type { LocatedEntry } from './archive-steps.js';
import { decompress } from './decompress.js';
import { driveFile, driveStream } from './drive.js';
import { splitEntryPath } from './entry-path.js';
import { TarSource } from './tar-source.js';
import { TreeBuilder } from './tree-builder.js';

/** What `keep` may hold in memory together; what is beyond takes one more pass at `fetch`. */
const MAX_KEPT_BYTES = 512 * MIB;

export interface OpenTarOptions {
  readonly keep?: KeepPredicate | undefined;
  readonly onlooker?: Onlooker | undefined;
  /** Instead of the path, for messages. */
  readonly name?: string | undefined;
  /** Ends any pass, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a tar archive, plain or compressed with gzip, xz or zstd: pass 1.
 * @throws SnapdiscError `source.corrupt`, `source.escape`, `source.conflict`, `source.empty`,
 *   `source.unsupported`, `tool.missing`.
 */
export async function openTar(path: string, options: OpenTarOptions = {}): Promise<Source> {
  const handle = await open(path, 'r');
  try {
    return await scan(path, handle, options);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function scan(path: string, handle: FileHandle, options: OpenTarOptions): Promise<Source> {
  const { name = path, signal } = options;
  const identity = identityOf(await handle.stat({ bigint: true }));
  const head = readFully(handle.fd, 0, FORMAT_HEAD_BYTES);
  const compression = detectCompression(head);
  if (head.length === 0) throw emptyArchive(name);
  if (compression === undefined && !looksLikeTar(head)) throw notTar(name, head, compression);

  const builder = new TreeBuilder();
  const positions = new Map<RegularFile, number>();
  const kept = new Map<RegularFile, Buffer>();
  const warnings: string[] = [];
  let keptBytes = 0;
  let entries = 0;
  let file: RegularFile | undefined;
  const parser = parseArchive({
    onEntry: (entry) => {
      entries++;
      file = builder.add(entry);
      if (file !== undefined) positions.set(file, entry.dataPosition);
    },
    onWarning: (text) => warnings.push(text),
  });

  if (compression === undefined) {
    const size = Number(identity.size);
    const end = await driveFile(parser, handle.fd, size, signal);
    const rest = readFully(handle.fd, end, Math.min(size - end, MIB));
    if (rest.some((byte) => byte !== 0)) warnings.push(dataAfterEnd(size - end));
  } else {
    const pieces = checkedPieces(decompress(path, compression, signal), name, compression);
    const { keep, onlooker } = options;
    // What was asked of the entry whose data comes next.
    let [isKept, isShown] = [false, false];
    const after = await driveStream(parser, pieces, {
      wants: (entry: LocatedEntry) => {
        if (entry.kind !== 'file') return false;
        const hasRoom = keep !== undefined && keptBytes + entry.stored <= MAX_KEPT_BYTES;
        isKept = hasRoom && keep(splitEntryPath(entry.path, 'entry').join('/'), entry.size);
        isShown = onlooker?.wants(entry.size) === true;
        return isKept || isShown;
      },
      take: (_entry, data) => {
        if (file === undefined) return;
        if (isShown) onlooker?.look(file, contentOf(file, data));
        if (!isKept) return;
        kept.set(file, data);
        keptBytes += data.length;
      },
    });
    if (after > 0) warnings.push(dataAfterEnd(after));
  }
  if (entries === 0) throw emptyArchive(name);
  return new TarSource({
    ...{ path, name, handle, identity, compression, root: builder.root, positions, kept, warnings },
    signal,
  });
}

/** A file with holes is stored without them. */
function contentOf(file: RegularFile, stored: Buffer): Buffer {
  if (stored.length === file.size) return stored;
  const content = fileBuffer(file);
  fillRuns(file, content, stored);
  return content;
}

/** Passes the pieces on once the first of them looks like a tar archive. */
async function* checkedPieces(
  pieces: AsyncIterable<Buffer>,
  name: string,
  compression: Compression,
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (head === undefined) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < FORMAT_HEAD_BYTES) continue;
    if (!looksLikeTar(head)) throw notTar(name, head, compression);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  if (head.length === 0) throw emptyArchive(name);
  if (!looksLikeTar(head)) throw notTar(name, head, compression);
  yield head;
}

function notTar(name: string, head: Buffer, compression: Compression | undefined): SnapdiscError {
  const inside = compression === undefined ? '' : ` inside its ${compression} compression`;
  return new SnapdiscError(
    'source.unsupported',
    `${name} is not a tar archive: it looks like ${describeFormat(head)}${inside}.`,
    {
      hint: 'Give a directory or a tar archive, plain or compressed with gzip, xz or zstd. A damaged first block has the same effect.',
    },
  );
}

function emptyArchive(name: string): SnapdiscError {
  return new SnapdiscError('source.empty', `${name} is empty: there is no file in it.`, {
    hint: 'Check how the archive was made; "tar -tf ARCHIVE" lists what is in it.',
  });
}

function dataAfterEnd(bytes: number): string {
  return `The last ${bytes} bytes of the archive lie after its end mark and were ignored; if it is several archives in one, join them with "tar --concatenate".`;
}
