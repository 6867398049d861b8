import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ByteString } from '../../../src/bytes.js';
import {
  type IsoAttributes,
  type IsoDirectory,
  type IsoFile,
  type IsoNode,
  type IsoPlan,
  type IsoSymlink,
  isoBytes,
  type ReadAt,
} from '../../../src/iso9660/index.js';

/** Trees, and images of them in memory or on disk. */

export const CREATED = { seconds: 1_700_000_000, nanoseconds: 120_000_000 };

export const ATTRIBUTES: IsoAttributes = {
  mode: 0o644,
  uid: 1000,
  gid: 100,
  mtime: { seconds: 1_600_000_000 },
};

export function file(content: string | Uint8Array, extra: Partial<IsoFile> = {}): IsoFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { ...ATTRIBUTES, kind: 'file', size: bytes.length, content: bytes, ...extra };
}

export function directory(entries: Record<ByteString, IsoNode> = {}): IsoDirectory {
  return {
    ...ATTRIBUTES,
    mode: 0o755,
    kind: 'directory',
    entries: new Map(Object.entries(entries)),
  };
}

export function symlink(target: ByteString): IsoSymlink {
  return { ...ATTRIBUTES, kind: 'symlink', mode: 0o777, target };
}

/** A directory of its own that the test's end removes. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'snapdisc-iso-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** All bytes of an image whose files all have content. */
export async function wholeImage(plan: IsoPlan): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of isoBytes(plan, noOtherFiles)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Writes an image to a temporary file, as a user of `metadata()` does, and gives its path. */
export async function writeImage(
  t: ExecutionContext,
  plan: IsoPlan,
  contents: ReadonlyMap<IsoFile, Uint8Array> = new Map(),
): Promise<string> {
  const path = join(await temporaryDirectory(t), 'image.iso');
  const handle = await open(path, 'w');
  try {
    await handle.truncate(plan.totalBlocks * 2048);
    for (const { lba, data } of plan.metadata()) await handle.write(data, 0, null, lba * 2048);
    for (const [source, data] of contents) {
      await handle.write(data, 0, null, plan.extent(source).lba * 2048);
    }
  } finally {
    await handle.close();
  }
  return path;
}

// biome-ignore lint/correctness/useYield: a file that is asked for here is a failure
async function* noOtherFiles(): AsyncGenerator<Uint8Array> {
  throw new Error('every file of this test has content');
}

export function readFrom(image: Uint8Array): ReadAt {
  return async (offset, length) => image.subarray(offset, offset + length);
}

/** Reads an image file, through a handle that the test's end closes. */
export async function readFromFile(t: ExecutionContext, path: string): Promise<ReadAt> {
  const handle = await open(path);
  t.teardown(() => handle.close());
  return async (offset, length) => {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
}
