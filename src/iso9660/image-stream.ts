import { SnapdiscError } from '../errors.js';
import { type Block2048, ISO_BLOCK } from '../units.js';
import type { IsoFile } from './nodes.js';
import type { IsoPlan } from './plan.js';

/** Gives a file's data from its first to its last byte. */
export type ReadFileData = (file: IsoFile) => AsyncIterable<Uint8Array>;

const ZEROS = new Uint8Array(32 * ISO_BLOCK);

/**
 * The whole image from first to last byte, in pieces; `read` is called for each file without
 * `content`, in the order of their blocks.
 * @throws SnapdiscError `source.changed` when `read` gives more or less than the file's size.
 */
export async function* isoBytes(plan: IsoPlan, read: ReadFileData): AsyncGenerator<Uint8Array> {
  let position = 0;
  for (const piece of ascending(plan)) {
    yield* zeros(piece.lba * ISO_BLOCK - position);
    if ('data' in piece) {
      yield piece.data;
      position = piece.lba * ISO_BLOCK + piece.data.length;
    } else {
      yield* wholeFile(piece.file, read);
      position = piece.lba * ISO_BLOCK + piece.file.size;
    }
  }
  yield* zeros(plan.totalBlocks * ISO_BLOCK - position);
}

type Piece =
  | { readonly lba: Block2048; readonly data: Uint8Array }
  | { readonly lba: Block2048; readonly file: IsoFile };

/** Merges the two ascending sequences of the plan. */
function* ascending(plan: IsoPlan): Generator<Piece> {
  const ours = plan.files.filter(({ file }) => file.content === undefined).values();
  let next = ours.next().value;
  for (const piece of plan.metadata()) {
    for (; next !== undefined && next.lba < piece.lba; next = ours.next().value) yield next;
    yield piece;
  }
  for (; next !== undefined; next = ours.next().value) yield next;
}

async function* wholeFile(file: IsoFile, read: ReadFileData): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const data of read(file)) {
    length += data.length;
    if (length > file.size) break;
    yield data;
  }
  if (length !== file.size) throw wrongLength(file, length);
}

function wrongLength(file: IsoFile, length: number): SnapdiscError {
  const given = length > file.size ? 'more' : `only ${length} bytes`;
  return new SnapdiscError(
    'source.changed',
    `A file planned with ${file.size} bytes gave ${given}; the image is incomplete.`,
    { hint: 'Make sure that nothing changes the files while the image is written.' },
  );
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length) {
    yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left);
  }
}
