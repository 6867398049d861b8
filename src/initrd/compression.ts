/** Unpacks kernel modules, and tells which packings a busybox can undo. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { mapInParallel } from '../parallel.js';
import { run, type Tool } from '../process.js';
import { MIB } from '../units.js';

/** What a packed file's name ends with; '' for a file as it is. */
export type PackedSuffix = '.xz' | '.gz' | '';

interface PackedFile {
  /** For messages, without a leading slash. */
  readonly path: ByteString;
  readonly content: Buffer;
}

export const XZ: Tool = {
  program: 'xz',
  purpose: 'packs the drivers of the initrd and unpacks kernel modules',
  debianPackage: 'xz-utils',
};
export const ZSTD: Tool = {
  program: 'zstd',
  purpose: 'unpacks kernel modules',
  debianPackage: 'zstd',
};

/** Unpacked bytes; far above any module without debug information. */
const MAX_UNPACKED = 128 * MIB;

/** The applet that undoes each packing (init-templates/initrd/lib/live/modules.sh), the best first. */
export const UNPACKERS: ReadonlyMap<PackedSuffix, string> = new Map([
  ['.xz', 'xzcat'],
  // Not zcat, which ends well even when what it unpacked is damaged (busybox 1.35).
  ['.gz', 'gunzip'],
]);

/** The packings a busybox with these applets can undo, the best first. */
export function packingsOf(applets: readonly string[]): PackedSuffix[] {
  const known = [...UNPACKERS].filter(([, applet]) => applets.includes(applet));
  return [...known.map(([suffix]) => suffix), ''];
}

/**
 * The modules themselves, whatever they are packed with.
 * @returns one result for each of `files`, in their order.
 * @throws SnapdiscError `tool.missing` for modules packed with a program this machine lacks,
 *   `rootfs.module-broken` when one can't be unpacked.
 */
export function unpackEach(files: readonly PackedFile[]): Promise<Buffer[]> {
  return mapInParallel(files, unpackModule);
}

async function unpackModule({ path, content }: PackedFile): Promise<Buffer> {
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

function startsWith(content: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => content[index] === byte);
}
