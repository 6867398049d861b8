/** Compresses what lies in an initrd: the most expensive part of a build. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { SnapdiscError } from '../errors.js';
import { run } from '../process.js';
import { XZ } from './compression.js';

/** `xz-x86` has xz's filter for x86 code, which the kernel can undo and busybox cannot. */
export type CompressionMethod = 'xz' | 'xz-x86' | 'gzip';

/** Gives undefined when this machine lacks the program. */
export type Compressor = (method: CompressionMethod, data: Buffer) => Promise<Buffer | undefined>;

/**
 * One thread, since more would cut the data into blocks and change the bytes; CRC32, which every
 * unpacker knows; a dictionary that small machines can afford while they unpack: the kernel
 * allocates it whole (lib/decompress_unxz.c).
 */
const XZ_ARGUMENTS = ['--threads=1', '--check=crc32', '--stdout'];
const XZ_FILTERS = ['--lzma2=preset=6,dict=1MiB'];

/**
 * With Node's own gzip and the program xz, which `signal` ends.
 * @throws SnapdiscError `tool.failed`; the reason of `signal`.
 */
export function compressor(signal?: AbortSignal): Compressor {
  return async (method, data) => {
    // Node writes no file name and no time, so equal input gives equal bytes.
    if (method === 'gzip') return promisify(gzip)(data, { level: 9 });
    const filters = method === 'xz-x86' ? ['--x86', ...XZ_FILTERS] : XZ_FILTERS;
    try {
      return await run(XZ, [...XZ_ARGUMENTS, ...filters], data, signal);
    } catch (error) {
      if (error instanceof SnapdiscError && error.code === 'tool.missing') return undefined;
      throw error;
    }
  };
}

export const compress = compressor();
