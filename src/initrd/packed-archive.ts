/**
 * Archives inside the initrd. The kernel unpacks the initrd into memory whole, and the moment when
 * it has both the packed and the unpacked one there decides how small a machine can boot. So what
 * is not needed at once lies in compressed archives, from which the init takes what it uses:
 * drivers of one kind together, because similar files compress far better in one piece.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ByteString } from '../bytes.js';
import { type CpioRecord, packNewc, staticFile } from '../cpio/newc.js';
import { SnapdiscError } from '../errors.js';
import { run } from '../process.js';
import { type PackedSuffix, XZ } from './compression.js';

/**
 * One thread, since more would cut the archive into blocks and change the bytes; CRC32, which every
 * unpacker knows; no BCJ filter, which busybox lacks; a dictionary that small machines can afford
 * while they unpack.
 */
const XZ_ARGUMENTS = ['--threads=1', '--check=crc32', '--lzma2=preset=6,dict=1MiB', '--stdout'];

export interface ArchiveContents {
  /** In the initrd, without the suffix: `lib/live/programs`. */
  readonly name: ByteString;
  /** Folders before what is in them. */
  readonly records: readonly CpioRecord[];
}

/**
 * `NAME.cpio.xz`, or with another suffix.
 * @param suffixes in order of preference; xz is passed over when this machine has no xz.
 */
export async function packedArchive(
  { name, records }: ArchiveContents,
  suffixes: readonly PackedSuffix[],
): Promise<CpioRecord> {
  const archive = await packNewc(records, 0);
  for (const suffix of suffixes) {
    const data = await compress(archive, suffix);
    if (data !== undefined) return staticFile(`${name}.cpio${suffix}`, data);
  }
  return staticFile(`${name}.cpio`, archive);
}

/** Undefined when this machine lacks the program. */
async function compress(data: Buffer, suffix: PackedSuffix): Promise<Buffer | undefined> {
  // Node writes no file name and no time, so equal input gives equal bytes.
  if (suffix === '.gz') return promisify(gzip)(data, { level: 9 });
  if (suffix === '') return data;
  try {
    return await run(XZ, XZ_ARGUMENTS, data);
  } catch (error) {
    if (error instanceof SnapdiscError && error.code === 'tool.missing') return undefined;
    throw error;
  }
}
