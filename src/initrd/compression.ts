/**
 * Files lie compressed one by one in the initrd: the kernel unpacks the archive into memory whole,
 * but the init unpacks only what it uses.
 */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { run, type Tool } from '../process.js';
import { MIB } from '../units.js';

/** What a packed file's name ends with; '' for a file as it is. */
export type PackedSuffix = '.xz' | '.gz' | '';

export interface PackableFile {
  /** For messages, without a leading slash. */
  readonly path: ByteString;
  readonly content: Buffer;
}

const XZ: Tool = {
  program: 'xz',
  purpose: 'packs the files of the initrd and unpacks kernel modules',
  debianPackage: 'xz-utils',
};
const ZSTD: Tool = {
  program: 'zstd',
  purpose: 'unpacks kernel modules',
  debianPackage: 'zstd',
};

/**
 * One thread, since more would cut large files into blocks and change the bytes; CRC32, which
 * every unpacker knows; no BCJ filter, which busybox lacks; a dictionary that small machines can
 * afford while they unpack. 1 MiB would save 0.5 % of ext4.ko, 64 KiB cost 3 %.
 */
const XZ_ARGUMENTS = ['--threads=1', '--check=crc32', '--lzma2=preset=9e,dict=256KiB', '--stdout'];
/** Unpacked bytes; far above any module without debug information. */
const MAX_UNPACKED = 128 * MIB;

/** The packings a busybox can undo, the best first. */
export function packingsOf(applets: readonly string[]): PackedSuffix[] {
  const has = (...names: string[]) => names.every((name) => applets.includes(name));
  const suffixes: PackedSuffix[] = [];
  if (has('unxz', 'xzcat')) suffixes.push('.xz');
  if (has('gunzip', 'zcat')) suffixes.push('.gz');
  return [...suffixes, ''];
}

/**
 * Packs each file, modules anew whatever their packing was.
 * @param suffixes in order of preference; xz is passed over when this machine has no xz.
 * @returns one result for each of `files`, in their order.
 * @throws SnapdiscError `tool.missing` for modules packed with a program this machine lacks,
 *   `rootfs.module-broken` when one can't be unpacked.
 */
export async function packEach(
  files: readonly PackableFile[],
  suffixes: readonly PackedSuffix[],
): Promise<{ suffix: PackedSuffix; contents: Buffer[] }> {
  const [suffix = ''] = suffixes;
  try {
    const contents = await mapInParallel(files, async (file) =>
      compress(await decompress(file), suffix),
    );
    return { suffix, contents };
  } catch (error) {
    const xzIsMissing =
      suffix === '.xz' && error instanceof SnapdiscError && error.code === 'tool.missing';
    if (!xzIsMissing) throw error;
    return packEach(files, suffixes.slice(1));
  }
}

async function decompress({ path, content }: PackableFile): Promise<Buffer> {
  try {
    if (startsWith(content, [0x1f, 0x8b])) {
      return await promisify(gunzip)(content, { maxOutputLength: MAX_UNPACKED });
    }
    if (startsWith(content, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) {
      return await run(XZ, ['--decompress', '--stdout'], content);
    }
    if (startsWith(content, [0x28, 0xb5, 0x2f, 0xfd])) {
      return await run(ZSTD, ['--decompress', '--stdout', '--quiet'], content);
    }
  } catch (error) {
    if (error instanceof SnapdiscError && error.code === 'tool.missing') throw error;
    throw new SnapdiscError('rootfs.module-broken', `/${printable(path)} can't be unpacked.`, {
      hint: "Install the kernel's package again.",
      cause: error,
    });
  }
  return content;
}

async function compress(content: Buffer, suffix: PackedSuffix): Promise<Buffer> {
  if (suffix === '.xz') return run(XZ, XZ_ARGUMENTS, content);
  // Node writes no file name and no time, so equal input gives equal bytes.
  if (suffix === '.gz') return promisify(gzip)(content, { level: 9 });
  return content;
}

function startsWith(content: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => content[index] === byte);
}

/** `map` for promises with as many at a time as there are processors. */
async function mapInParallel<T, R>(
  items: readonly T[],
  transform: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const pending = items.entries();
  const work = async () => {
    for (const [index, item] of pending) results[index] = await transform(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}
