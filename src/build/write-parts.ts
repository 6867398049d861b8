import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ByteString, bytesOf } from '../bytes.js';
import {
  type ReadAt,
  readFileData,
  readIso,
  type VolumeDirectory,
  type VolumeFile,
} from '../iso9660/index.js';
import { CHECKSUMS_PATH, HOT_COPY_PATH } from './disc-paths.js';
import { checkSpace, outputError } from './output-file.js';
import { throwIfAborted, type WriteContext } from './write-disc.js';

/** The folders of the disc that the build makes. */
const OUR_FOLDERS = ['boot', 'isolinux', 'live'];

/** What belongs to one disc, by its bytes or its place. */
const ONE_DISCS: readonly ByteString[] = [CHECKSUMS_PATH, HOT_COPY_PATH];

/** As sha256sum -c takes it. */
export const PART_SUMS = 'SHA256SUMS';

/**
 * Copies the disc's own files from the image that was just written, below the paths they have on the
 * disc, so that the menu's paths hold for whatever is made of them. The list of checksums is left out, and what
 * the init finds by its place behind root.img: they belong to this one disc.
 * @throws SnapdiscError `output.full`, `output.failed`, `interrupted.signal`
 */
export async function writeParts({ output, parts, reporter, signal }: WriteContext): Promise<void> {
  if (parts === undefined) return;
  const { top } = parts;
  const readAt: ReadAt = async (offset, length) => {
    const bytes = Buffer.alloc(length);
    await output.read(offset, bytes);
    return bytes;
  };
  const { root } = await readIso(readAt);
  const files = [...partsOf(root)];
  await checkSpace(
    top,
    files.reduce((sum, [, { size }]) => sum + size, 0),
  );
  const sums: ByteString[] = [];
  for (const [path, file] of files) {
    const hash = createHash('sha256');
    await writePart(top, path, async function* () {
      for await (const piece of readFileData(readAt, file)) {
        throwIfAborted(signal);
        hash.update(piece);
        reporter.advance(piece.length);
        yield piece;
      }
    });
    sums.push(sumLine(hash.digest('hex'), path));
  }
  await writePart(top, PART_SUMS, async function* () {
    yield bytesOf(sums.join(''));
  });
}

function* partsOf(root: VolumeDirectory): Generator<[ByteString, VolumeFile]> {
  for (const name of OUR_FOLDERS) {
    const folder = root.entries.get(name);
    if (folder?.kind === 'directory') yield* filesBelow(folder, `${name}/`);
  }
}

function* filesBelow(
  folder: VolumeDirectory,
  prefix: ByteString,
): Generator<[ByteString, VolumeFile]> {
  for (const name of [...folder.entries.keys()].sort()) {
    const node = folder.entries.get(name);
    const path = prefix + name;
    if (node?.kind === 'directory') yield* filesBelow(node, `${path}/`);
    else if (node?.kind === 'file' && !ONE_DISCS.includes(path)) yield [path, node];
  }
}

async function writePart(
  top: string,
  path: ByteString,
  content: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  const place = Buffer.concat([Buffer.from(`${top}/`), bytesOf(path)]);
  const folder = Buffer.concat([Buffer.from(`${top}/`), bytesOf(dirname(path))]);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(place, 'wx');
    try {
      for await (const piece of content()) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw outputError(top, error);
  }
}

/** GNU coreutils, sha256sum: a backslash before the line where the name has escapes. */
function sumLine(digest: string, path: ByteString): ByteString {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === path ? '' : '\\'}${digest}  ${escaped}\n`;
}
