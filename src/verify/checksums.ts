import { createHash } from 'node:crypto';
import { parseChecksums, type StoredChecksums } from '../build/read-checksums.js';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import type { DiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import { readFileData, type VolumeFile } from '../iso9660/index.js';
import { MIB } from '../units.js';
import { type Check, failed, passed, skipped } from './check.js';

const NAME = 'Checksums';
/** Those of a disc of 100 GiB have 7 MiB. */
const MAX_FILE = 64 * MIB;
const READ_SIZE = MIB;

/**
 * Compares the whole disc with its checksums; `file` is where they are.
 * @throws SnapdiscError `interrupted.signal`
 */
export async function verifyChecksums(
  disc: DiscImage,
  file: VolumeFile | undefined,
  context: WorkContext,
): Promise<Check> {
  if (file === undefined) return skipped(NAME, 'the disc has none');
  let stored: StoredChecksums;
  try {
    if (file.size > MAX_FILE) return failed(NAME, 'the file of checksums is too large to be one');
    const pieces: Uint8Array[] = [];
    for await (const piece of readFileData(disc.readAt, file)) pieces.push(piece);
    stored = parseChecksums(Buffer.concat(pieces));
  } catch (error) {
    if (!(error instanceof SnapdiscError)) throw error;
    return failed(NAME, error.message.replace(/\.$/, ''));
  }
  const { range, digests, blockSize } = stored;
  context.reporter.stage('Comparing checksums', range.end - range.start);
  const bad: number[] = [];
  for (const [index, digest] of digests.entries()) {
    const start = range.start + index * blockSize;
    const end = Math.min(range.end, start + blockSize);
    if ((await digestOf(disc, start, end, context)) !== digest) bad.push(start);
  }
  const [first] = bad;
  if (first === undefined) return passed(NAME, `${digests.length} of ${digests.length} are right`);
  const where = placeOf(stored, first);
  return failed(NAME, `${bad.length} of ${digests.length} are wrong, the first at ${where}`);
}

async function digestOf(
  { readAt }: DiscImage,
  start: number,
  end: number,
  { reporter, signal }: WorkContext,
) {
  const hash = createHash('sha256');
  for (let offset = start; offset < end; offset += READ_SIZE) {
    throwIfAborted(signal);
    const data = await readAt(offset, Math.min(READ_SIZE, end - offset));
    hash.update(data);
    reporter.advance(data.length);
  }
  return hash.digest('hex');
}

/** For people: a byte of the disc, and the file it is in. */
function placeOf({ files, blockSize }: StoredChecksums, start: number): string {
  const file = files.find((each) => each.start < start + blockSize && start < each.end);
  return `byte ${start}${file === undefined ? '' : `, in ${file.path}`}`;
}
