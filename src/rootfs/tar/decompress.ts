import { createReadStream } from 'node:fs';
import { addAbortSignal, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SnapdiscError } from '../../errors.js';
import { stream, type Tool } from '../../process.js';
import { MIB } from '../../units.js';
import type { Compression } from '../format.js';

export const XZ: Tool = {
  program: 'xz',
  purpose: 'reads xz-compressed archives',
  debianPackage: 'xz-utils',
};

export const ZSTD: Tool = {
  program: 'zstd',
  purpose: 'reads zstd-compressed archives',
  debianPackage: 'zstd',
};

/**
 * The uncompressed bytes of a file, to its end: gzip inside Node, xz and zstd by their programs.
 * @throws SnapdiscError `source.corrupt` when the file is damaged, `tool.missing`; the reason of
 *   `signal`.
 */
export async function* decompress(
  path: string,
  compression: Compression,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const unpack = (tool: Tool, ...options: string[]) =>
    stream(tool, [...options, '--', path], undefined, signal);
  try {
    if (compression === 'gzip') yield* gunzip(path, signal);
    else if (compression === 'xz') yield* unpack(XZ, '-dc', '-T0');
    // Archives made with --long need more window memory than zstd grants by itself.
    else yield* unpack(ZSTD, '-dcq', '--long=31');
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SnapdiscError && error.code !== 'tool.failed') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SnapdiscError(
      'source.corrupt',
      `The ${compression} compression of ${path} is damaged or cut off: ${reason}`,
      { hint: 'Download or create the archive again.', cause: error },
    );
  }
}

async function* gunzip(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: MIB });
  if (signal !== undefined) addAbortSignal(signal, file);
  const output = createGunzip({ chunkSize: MIB });
  // Failures of either reach the loop below; the callback only has to be there.
  pipeline(file, output, () => {});
  yield* output as AsyncIterable<Buffer>;
}
