/**
 * Reads what the dynamic loader reads from an ELF file: for which machine it is, its interpreter
 * and the libraries it needs. Sources: System V gABI, "ELF Header", "Program Header", "Dynamic
 * Section"; constants as in Linux include/uapi/linux/elf.h. Input is hostile: every offset is
 * checked.
 */
import { type ByteString, byteString } from '../bytes.js';

export interface ElfFile {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** e_machine: 3 is i386, 62 is x86-64. */
  readonly machine: number;
  /** e_type: 2 is an executable, 3 a shared object or position-independent executable. */
  readonly type: number;
  /** PT_INTERP: the path of the dynamic loader; absent from static programs. */
  readonly interpreter?: ByteString;
  /** DT_NEEDED, in order. */
  readonly needed: readonly ByteString[];
  /** DT_SONAME. */
  readonly soname?: ByteString;
  /** DT_RPATH split at colons; empty when there is a DT_RUNPATH, as the loader has it. */
  readonly rpath: readonly ByteString[];
  /** DT_RUNPATH split at colons. */
  readonly runpath: readonly ByteString[];
}

/** e_machine values of the machines Linux calls i386 and amd64. */
export const EM_386 = 3;
export const EM_X86_64 = 62;

const MAGIC = 0x7f454c46;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
/** Real files have about a dozen program headers and some dozens of dynamic entries. */
const MAX_SEGMENTS = 4096;
const MAX_DYNAMIC = 4096;
/** Bytes of a name or a search path. */
const MAX_TEXT = 16_384;
/** Bytes of all of them: many entries may point to one long name. */
const MAX_ALL_TEXT = 4 * MAX_TEXT;

/** Offsets of the fields that differ between the two classes; numbers are bytes. */
const LAYOUT = {
  32: {
    programHeaders: 28,
    entrySize: 42,
    segmentBytes: 32,
    offset: 4,
    address: 8,
    size: 16,
    word: 4,
  },
  64: {
    programHeaders: 32,
    entrySize: 54,
    segmentBytes: 56,
    offset: 8,
    address: 16,
    size: 32,
    word: 8,
  },
} as const;

interface Segment {
  readonly type: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly address: number;
  /** Bytes stored in the file. */
  readonly size: number;
}

/** Why a file that begins like an ELF file can't be read as one. */
export class ElfError extends Error {
  override readonly name = 'ElfError';
}

/** True for anything with the ELF magic number. */
function isElf(bytes: Uint8Array): boolean {
  return bytes.byteLength >= 4 && view(bytes).getUint32(0) === MAGIC;
}

/**
 * Parses the ELF file in `bytes`.
 * @throws ElfError when it is not one, or is truncated or contradicts itself.
 */
export function parseElf(bytes: Uint8Array): ElfFile {
  if (!isElf(bytes)) throw new ElfError('it is not an ELF file');
  const [elfClass, encoding] = bytes.subarray(4, 6);
  if (elfClass !== 1 && elfClass !== 2) throw new ElfError(`its ELF class is ${elfClass}`);
  if (encoding !== 1 && encoding !== 2) throw new ElfError(`its ELF data encoding is ${encoding}`);
  const bits = elfClass === 1 ? 32 : 64;
  const reader = new Reader(bytes, encoding === 1, bits);

  const segments = readSegments(reader);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  return {
    bits,
    littleEndian: encoding === 1,
    type: reader.half(16),
    machine: reader.half(18),
    ...(interpreter && { interpreter: reader.text(interpreter.offset) }),
    ...readDynamic(reader, segments),
  };
}

function readSegments(reader: Reader): Segment[] {
  const layout = LAYOUT[reader.bits];
  const table = reader.word(layout.programHeaders);
  const entrySize = reader.half(layout.entrySize);
  const count = reader.half(layout.entrySize + 2);
  if (count === 0) return [];
  if (entrySize < layout.segmentBytes || count > MAX_SEGMENTS) {
    throw new ElfError(`its program headers make no sense (${count} of ${entrySize} bytes)`);
  }
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize;
    return {
      type: reader.long(at),
      offset: reader.word(at + layout.offset),
      address: reader.word(at + layout.address),
      size: reader.word(at + layout.size),
    };
  });
}

function readDynamic(reader: Reader, segments: readonly Segment[]) {
  const found = { needed: [] as number[], soname: [] as number[], rpath: [] as number[] };
  const runpaths: number[] = [];
  let stringTable: number | undefined;

  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const { word } = LAYOUT[reader.bits];
  const entries = dynamic === undefined ? 0 : Math.floor(dynamic.size / (2 * word));
  if (entries > MAX_DYNAMIC) throw new ElfError('its dynamic section is too large');
  for (let index = 0; index < entries; index += 1) {
    const at = (dynamic?.offset ?? 0) + index * 2 * word;
    const tag = reader.word(at);
    const value = reader.word(at + word);
    if (tag === DT_NULL) break;
    if (tag === DT_STRTAB) stringTable = value;
    if (tag === DT_NEEDED) found.needed.push(value);
    if (tag === DT_SONAME) found.soname.push(value);
    if (tag === DT_RPATH) found.rpath.push(value);
    if (tag === DT_RUNPATH) runpaths.push(value);
  }

  let left = MAX_ALL_TEXT;
  const text = (offset: number) => {
    if (stringTable === undefined) throw new ElfError('its dynamic section has no string table');
    const found = reader.text(fileOffset(segments, stringTable + offset));
    left -= found.length;
    if (left < 0) throw new ElfError('its names are too long');
    return found;
  };
  const paths = (offsets: readonly number[]) =>
    offsets.flatMap((offset) => text(offset).split(':')).filter((path) => path !== '');
  const [soname] = found.soname.map(text);
  return {
    needed: found.needed.map(text),
    ...(soname !== undefined && { soname }),
    rpath: runpaths.length > 0 ? [] : paths(found.rpath),
    runpath: paths(runpaths),
  };
}

/** Dynamic entries hold addresses; the PT_LOAD segments tell where those lie in the file. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    (each) =>
      each.type === PT_LOAD && address >= each.address && address < each.address + each.size,
  );
  if (segment === undefined) throw new ElfError('its string table lies outside the file');
  return segment.offset + (address - segment.address);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bounds-checked access in the file's own byte order. */
class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #littleEndian: boolean;
  readonly bits: 32 | 64;

  constructor(bytes: Uint8Array, littleEndian: boolean, bits: 32 | 64) {
    this.#bytes = bytes;
    this.#view = view(bytes);
    this.#littleEndian = littleEndian;
    this.bits = bits;
  }

  /** 16 bits. */
  half(at: number): number {
    return this.#view.getUint16(this.#checked(at, 2), this.#littleEndian);
  }

  /** 32 bits. */
  long(at: number): number {
    return this.#view.getUint32(this.#checked(at, 4), this.#littleEndian);
  }

  /** 32 or 64 bits: an address, offset or dynamic tag. */
  word(at: number): number {
    if (this.bits === 32) return this.long(at);
    // Values over 2^53 lose bits, but they are far outside any file and fail the bounds check.
    return Number(this.#view.getBigUint64(this.#checked(at, 8), this.#littleEndian));
  }

  /** A NUL-terminated string. */
  text(at: number): ByteString {
    const start = this.#checked(at, 1);
    const window = this.#bytes.subarray(start, start + MAX_TEXT);
    const length = window.indexOf(0);
    if (length < 0) throw new ElfError('a string in it has no end');
    return byteString(window.subarray(0, length));
  }

  #checked(at: number, length: number): number {
    if (at < 0 || at + length > this.#bytes.byteLength) {
      throw new ElfError('it is truncated or its headers point outside it');
    }
    return at;
  }
}
