import { roundUp } from '../src/units.js';

/** How the kernel sees an initrd (Documentation/driver-api/early-userspace/buffer-format.rst). Pure. */

/** The archives at the start of an initrd that are not compressed, and what follows them. */
export interface InitrdPart {
  /** Bytes of memory that the files fill once unpacked: each takes whole 4 KiB pages. */
  readonly pageBytes: number;
  /** The first byte that is neither of a newc archive nor padding; the length when there is none. */
  readonly end: number;
}

export type Packing = 'gzip' | 'xz' | 'zstd';

const PAGE = 4096;
const MAGIC = '070701';
const HEADER = 110;
const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const SIGNATURES: readonly (readonly [Packing, string])[] = [
  ['gzip', '1f8b'],
  ['xz', 'fd377a585a00'],
  ['zstd', '28b52ffd'],
];

/** Reads newc archives up to the first byte of something else. @throws RangeError when one is cut. */
export function readNewcArchives(initrd: Uint8Array): InitrdPart {
  const bytes = Buffer.from(initrd.buffer, initrd.byteOffset, initrd.byteLength);
  let pageBytes = 0;
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    if (bytes.toString('latin1', at, at + MAGIC.length) !== MAGIC) break;
    const mode = field(bytes, at, 1);
    const size = field(bytes, at, 6);
    const nameSize = field(bytes, at, 11);
    const content = roundUp(at + HEADER + nameSize, 4);
    if (content + size > bytes.length) throw new RangeError(`a record at byte ${at} is cut off`);
    if ((mode & TYPE_MASK) === REGULAR) pageBytes += roundUp(size, PAGE);
    at = roundUp(content + size, 4);
  }
  return { pageBytes, end: Math.min(at, bytes.length) };
}

/** What `bytes` are packed with; undefined for anything else. */
export function packingOf(bytes: Uint8Array): Packing | undefined {
  const start = Buffer.from(bytes.subarray(0, 6)).toString('hex');
  return SIGNATURES.find(([, signature]) => start.startsWith(signature))?.[0];
}

/** The n-th number of the header at `at`, 8 hexadecimal digits each (cpio(5)). */
function field(bytes: Buffer, at: number, n: number): number {
  const start = at + MAGIC.length + 8 * n;
  const digits = bytes.toString('latin1', start, start + 8);
  if (!/^[0-9A-Fa-f]{8}$/.test(digits)) throw new RangeError(`no cpio header at byte ${at}`);
  return Number.parseInt(digits, 16);
}
