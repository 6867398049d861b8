/**
 * The cpio format `newc` that Linux unpacks as an initrd. Sources: cpio(5), "New ASCII format";
 * Linux Documentation/driver-api/early-userspace/buffer-format.rst and init/initramfs.c.
 *
 * The bytes are made by cpio-stream, which is wrapped here and used nowhere else, because it is
 * unmaintained and silently writes something other than it was told: it changes the headers it is
 * given, takes 0 for "not set" (mtime becomes now, devminor 0o777777), drops bits of names that are
 * not ASCII, writes sizes over 4 GiB as 4 GiB, and pads the end by a length that means nothing.
 */
import cpio from 'cpio-stream';
import { type ByteString, bytesOf, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { roundUp } from '../units.js';

/** One file of the archive. All belong to root; hard links are not written. */
export interface CpioRecord {
  /** Relative, without `.` or `..`, ASCII. */
  readonly name: ByteString;
  /** File type and permissions, as in `st_mode`. */
  readonly mode: number;
  /** Of a device node; else 0. */
  readonly major: number;
  readonly minor: number;
  /** Of a regular file; of a symlink its target; else empty. */
  readonly content: Uint8Array;
}

const TYPE_CHAR = 0o020000;
const TYPE_DIRECTORY = 0o040000;
const TYPE_FILE = 0o100000;
const TYPE_SYMLINK = 0o120000;
const TYPE_MASK = 0o170000;
const PERMISSIONS = 0o7777;
const NOTHING = new Uint8Array(0);

/** A directory; `mode` is the low 12 bits. */
export function directory(name: ByteString, mode = 0o755): CpioRecord {
  return record(name, TYPE_DIRECTORY | (mode & PERMISSIONS), NOTHING);
}

/** A regular file; `mode` is the low 12 bits. */
export function staticFile(name: ByteString, content: Uint8Array, mode = 0o644): CpioRecord {
  return record(name, TYPE_FILE | (mode & PERMISSIONS), content);
}

export function symlink(name: ByteString, target: ByteString): CpioRecord {
  return record(name, TYPE_SYMLINK | 0o777, bytesOf(target));
}

/** A character device; `mode` is the low 12 bits. */
export function charDevice(
  name: ByteString,
  major: number,
  minor: number,
  mode = 0o600,
): CpioRecord {
  return { ...record(name, TYPE_CHAR | (mode & PERMISSIONS), NOTHING), major, minor };
}

function record(name: ByteString, mode: number, content: Uint8Array): CpioRecord {
  return { name, mode, major: 0, minor: 0, content };
}

export function isDirectory(record: CpioRecord): boolean {
  return (record.mode & TYPE_MASK) === TYPE_DIRECTORY;
}

export function isRegularFile(record: CpioRecord): boolean {
  return (record.mode & TYPE_MASK) === TYPE_FILE;
}

const HEADER_BYTES = 110;
const TRAILER_BYTES = 124;
/** GNU cpio's block; the kernel only wants multiples of 4 between archives. */
const BLOCK_BYTES = 512;
const MAX_FIELD = 0xffffffff;
/** Linux PATH_MAX with its NUL: the kernel skips an entry whose name or target is longer. */
const MAX_PATH = 4095;

/** Bytes that `record` takes in the archive. */
function recordBytes({ name, content }: CpioRecord): number {
  return roundUp(HEADER_BYTES + name.length + 1, 4) + roundUp(content.byteLength, 4);
}

/**
 * The archive of `records`, in their order, as a sequence of pieces; a whole number of 512-byte
 * blocks. Inode numbers count from 0: equal input gives equal bytes, those of
 * `cpio -o -H newc --reproducible`.
 * @param mtime seconds since 1970, 0 to 2^32 - 1, the same for every record.
 * @throws SnapdiscError `output.cpio` before the first piece for anything newc or the kernel's
 *   unpacker can't carry: names that are not ASCII, absolute, with `..` or over 4,095 bytes, the
 *   same name twice, files before their directory, files of 4 GiB and more.
 */
export async function* newcArchive(
  records: readonly CpioRecord[],
  mtime: number,
): AsyncGenerator<Buffer> {
  refuseWhatCannotBeCarried(records, mtime);
  const pack = cpio.pack({ format: 'newc' });
  for (const [index, { name, mode, major, minor, content }] of records.entries()) {
    const header = {
      name,
      // As text, since the library takes the number 0 for "not set"; GNU cpio counts from 0 too.
      ino: String(index),
      mode,
      uid: 0,
      gid: 0,
      // The kernel looks for hard links wherever this is over 1; for directories it does not.
      nlink: (mode & TYPE_MASK) === TYPE_DIRECTORY ? 2 : 1,
      mtime: new Date(mtime * 1000),
      devmajor: 0,
      devminor: '0',
      rdevmajor: major,
      rdevminor: minor,
    };
    pack.entry(header, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }
  pack.finalize();

  // The library's own zeros after the trailer are cut off and replaced by whole blocks.
  let left = records.reduce((sum, each) => sum + recordBytes(each), TRAILER_BYTES);
  const padding = roundUp(left, BLOCK_BYTES) - left;
  for await (const piece of pack as AsyncIterable<Buffer>) {
    if (left > 0) yield piece.subarray(0, left);
    left -= Math.min(left, piece.byteLength);
  }
  yield Buffer.alloc(padding);
}

/** The whole archive in one buffer; see `newcArchive`. */
export async function packNewc(records: readonly CpioRecord[], mtime: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of newcArchive(records, mtime)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function refuseWhatCannotBeCarried(records: readonly CpioRecord[], mtime: number): void {
  const problems: string[] = [];
  if (!isField(mtime)) problems.push(`the time stamp ${mtime} does not fit 32 bits`);
  const directories = new Set(['']);
  const seen = new Set<string>();
  for (const each of records) {
    const problem =
      cpioNameProblem(each.name) ?? contentProblem(each) ?? placeProblem(each, directories, seen);
    if (problem !== undefined) problems.push(`${printable(each.name)}: ${problem}`);
    seen.add(each.name);
    if (isDirectory(each)) directories.add(each.name);
  }
  if (problems.length === 0) return;
  throw new SnapdiscError('output.cpio', `The cpio archive can't carry ${problems.join('; ')}.`, {
    hint: 'Give these files other names or leave them out of the initrd.',
  });
}

/** Why the archive can't carry a file of this name, as a clause, or undefined. */
export function cpioNameProblem(name: ByteString): string | undefined {
  if (name === '') return 'the name is empty';
  if (name === 'TRAILER!!!') return 'this name ends an archive';
  if (name.length > MAX_PATH) return `the name is over ${MAX_PATH} bytes`;
  // NUL ends a name early; everything over 0x7e would be changed.
  if (!/^[\x20-\x7e]+$/.test(name)) return 'the name has bytes that are not printable ASCII';
  if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return 'the name is not a plain relative path';
  }
  return undefined;
}

function contentProblem({ mode, major, minor, content }: CpioRecord): string | undefined {
  if (content.byteLength > MAX_FIELD) return 'it is 4 GiB or larger';
  if (!isField(major) || !isField(minor)) return 'its device number does not fit 32 bits';
  if ((mode & TYPE_MASK) !== TYPE_SYMLINK) return undefined;
  if (content.byteLength === 0) return 'the symlink has no target';
  if (content.byteLength > MAX_PATH) return `the symlink's target is over ${MAX_PATH} bytes`;
  return undefined;
}

function placeProblem(
  { name }: CpioRecord,
  directories: ReadonlySet<string>,
  seen: ReadonlySet<string>,
): string | undefined {
  if (seen.has(name)) return 'the name comes twice';
  const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  return directories.has(parent) ? undefined : 'its directory does not come before it';
}

function isField(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_FIELD;
}
