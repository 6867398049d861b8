import { createReadStream } from 'node:fs';
import { chmod, mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { stream } from '../process.js';
import { MIB } from '../units.js';
import type { PackedCompression } from './compression.js';
import { PACKED_FILE, PACKERS } from './formats.js';

/** What decides the bytes of a packed root besides its contents. */
export interface PackIdentity {
  /** Unix seconds, of everything in it. */
  readonly created: number;
  /** As people write it. */
  readonly uuid: string;
}

/**
 * Packs an image as the only file of a compressed file system. Equal input gives equal bytes.
 * @param image `PACKED_FILE` in a directory of its own.
 * @param output is made.
 * @throws SnapdiscError `tool.missing`, `tool.failed`, `interrupted.signal`; what there is of `output` is the
 *   caller's to remove.
 */
export async function packImage(
  image: string,
  output: string,
  compression: PackedCompression,
  identity: PackIdentity,
  context: WorkContext,
): Promise<void> {
  const pack = { squashfs: packSquashfs, erofs: packErofs }[compression.format];
  // What this user's umask made of them is part of the result.
  await chmod(dirname(image), 0o755);
  await chmod(image, 0o444);
  try {
    await pack(image, output, compression, identity, context);
  } catch (error) {
    throwIfAborted(context.signal);
    throw error;
  }
}

/** The image flows through a pipe, which tells how far it is. */
async function packSquashfs(
  image: string,
  output: string,
  { algorithm, blockBytes }: PackedCompression,
  { created }: PackIdentity,
  { reporter, signal }: WorkContext,
): Promise<void> {
  const empty = `${output}.empty`;
  await mkdir(empty);
  await chmod(empty, 0o755);
  const args = [empty, output, '-p', `${PACKED_FILE} f 444 0 0 cat`];
  args.push('-comp', algorithm, '-b', String(blockBytes), '-noappend');
  // The last piece of the only file is no fragment of many.
  args.push('-no-fragments', '-no-xattrs', '-no-exports', '-all-root', '-no-progress', '-quiet');
  async function* pieces() {
    for await (const piece of createReadStream(image, { highWaterMark: MIB })) {
      throwIfAborted(signal);
      reporter.advance((piece as Buffer).length);
      yield piece as Buffer;
    }
  }
  const variables = { SOURCE_DATE_EPOCH: String(created) };
  const input = Readable.from(pieces(), { objectMode: false });
  for await (const _ of stream(PACKERS.squashfs, args, input, signal, variables));
  await rmdir(empty);
}

/** mkfs.erofs 1.5 takes nothing but a directory, and tells nothing while it works. */
async function packErofs(
  image: string,
  output: string,
  { algorithm, blockBytes }: PackedCompression,
  { created, uuid }: PackIdentity,
  { reporter, signal }: WorkContext,
): Promise<void> {
  const args = [`-z${algorithm}`, `-C${blockBytes}`, `-T${created}`, `-U${uuid}`, '--all-root'];
  args.push('-x-1', output, dirname(image));
  for await (const _ of stream(PACKERS.erofs, args, undefined, signal));
  reporter.advance((await stat(image)).size);
}
