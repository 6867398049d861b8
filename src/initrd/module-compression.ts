/**
 * Modules lie compressed one by one in the initrd: the kernel unpacks the archive into memory
 * whole, the modules are unpacked only where they are loaded.
 */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { SnapdiscError } from '../errors.js';
import { run, type Tool } from '../process.js';
import { MIB } from '../units.js';

/** Suffixes after `.ko`, what busybox's modprobe unpacks by itself. */
export type ModuleSuffix = '.xz' | '.gz' | '';

export interface ModuleContent {
  /** For messages. */
  readonly path: string;
  readonly content: Buffer;
}

const XZ: Tool = {
  program: 'xz',
  purpose: 'packs and unpacks kernel modules',
  debianPackage: 'xz-utils',
};
const ZSTD: Tool = {
  program: 'zstd',
  purpose: 'unpacks kernel modules',
  debianPackage: 'zstd',
};

/**
 * One thread, since more would cut large files into blocks and change the bytes; CRC32, which
 * every unpacker knows; a dictionary that small machines can afford while they unpack [256 KiB
 * costs 0.5 % more bytes than 1 MiB].
 */
const XZ_ARGUMENTS = ['--threads=1', '--check=crc32', '--lzma2=preset=9e,dict=256KiB', '--stdout'];
/** Unpacked bytes; far above any module without debug information. */
const MAX_MODULE = 128 * MIB;

/**
 * The best packing that this busybox can unpack. Its own message "no gzip/bzip2/xz magic" names
 * the formats it was built for (archival/libarchive/open_transformer.c).
 */
export function supportedSuffixes(busybox: Buffer): ModuleSuffix[] {
  const formats = /no (gzip[\w/]*) magic/.exec(busybox.toString('latin1'))?.[1]?.split('/') ?? [];
  const suffixes: ModuleSuffix[] = [];
  if (formats.includes('xz')) suffixes.push('.xz');
  if (formats.includes('gzip')) suffixes.push('.gz');
  return [...suffixes, ''];
}

/**
 * Packs modules again, whatever their packing was.
 * @param suffixes in order of preference; xz is passed over when this machine has no xz.
 * @returns one result for each of `modules`, in their order.
 * @throws SnapdiscError `tool.missing` for modules packed with a program this machine lacks,
 *   `rootfs.module-broken` when one can't be unpacked.
 */
export async function compressModules(
  modules: readonly ModuleContent[],
  suffixes: readonly ModuleSuffix[],
): Promise<{ suffix: ModuleSuffix; contents: Buffer[] }> {
  const [suffix = ''] = suffixes;
  try {
    const contents = await mapInParallel(modules, async (module) =>
      compress(await decompress(module), suffix),
    );
    return { suffix, contents };
  } catch (error) {
    const xzIsMissing =
      suffix === '.xz' && error instanceof SnapdiscError && error.code === 'tool.missing';
    if (!xzIsMissing) throw error;
    return compressModules(modules, suffixes.slice(1));
  }
}

async function decompress({ path, content }: ModuleContent): Promise<Buffer> {
  try {
    if (startsWith(content, [0x1f, 0x8b])) {
      return await promisify(gunzip)(content, { maxOutputLength: MAX_MODULE });
    }
    if (startsWith(content, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) {
      return await run(XZ, ['--decompress', '--stdout'], content);
    }
    if (startsWith(content, [0x28, 0xb5, 0x2f, 0xfd])) {
      return await run(ZSTD, ['--decompress', '--stdout', '--quiet'], content);
    }
  } catch (error) {
    if (error instanceof SnapdiscError && error.code === 'tool.missing') throw error;
    throw new SnapdiscError('rootfs.module-broken', `/${path} can't be unpacked.`, {
      hint: "Install the kernel's package again.",
      cause: error,
    });
  }
  return content;
}

async function compress(content: Buffer, suffix: ModuleSuffix): Promise<Buffer> {
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
