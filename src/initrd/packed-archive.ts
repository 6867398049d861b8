/**
 * Archives inside the initrd. The kernel unpacks the initrd into memory whole, and the moment when
 * it has both the packed and the unpacked one there decides how small a machine can boot. So what
 * is not needed at once lies in compressed archives, from which the init takes what it uses:
 * drivers of one kind together, because similar files compress far better in one piece.
 */
import type { ByteString } from '../bytes.js';
import { type CpioRecord, packNewc, staticFile } from '../cpio/newc.js';
import type { PackedSuffix } from './compression.js';
import type { CompressionMethod, Compressor } from './compressor.js';

const METHODS: Readonly<Record<Exclude<PackedSuffix, ''>, CompressionMethod>> = {
  '.xz': 'xz',
  '.gz': 'gzip',
};

export interface ArchiveContents {
  /** In the initrd, without the suffix: `lib/live/programs`. */
  readonly name: ByteString;
  /** Folders before what is in them. */
  readonly records: readonly CpioRecord[];
}

/**
 * `NAME.cpio.xz`, or with another suffix.
 * @param suffixes in order of preference; passed over is what this machine lacks the program for.
 */
export async function packedArchive(
  { name, records }: ArchiveContents,
  suffixes: readonly PackedSuffix[],
  compressor: Compressor,
): Promise<CpioRecord> {
  const archive = await packNewc(records, 0);
  for (const suffix of suffixes) {
    const data = suffix === '' ? archive : await compressor(METHODS[suffix], archive);
    if (data !== undefined) return staticFile(`${name}.cpio${suffix}`, data);
  }
  return staticFile(`${name}.cpio`, archive);
}
