import { byteString } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import { roundUp } from '../../units.js';
import { wholeFile } from '../tree.js';
import { Cursor, type LocatedEntry, type Steps } from './archive-steps.js';
import { corrupt } from './corrupt.js';
import { assembleEntry, type LongNames } from './entry.js';
import { isZero, parseHeader, TAR_BLOCK, type TarHeader } from './header.js';
import { PaxAttributes, type PaxRecord, parsePaxRecords } from './pax.js';
import { checkedRuns } from './sparse.js';
import { readSparse } from './sparse-steps.js';

export interface ArchiveHandlers {
  /** Called for every entry, before its `data` step. */
  readonly onEntry: (entry: LocatedEntry) => void;
  readonly onWarning: (text: string) => void;
}

/** Long names are bounded: Linux takes 4,096 bytes in one go, deep trees may have more. */
const MAX_LONG_NAME = 64 * 1024;
/** Extended headers are bounded: maps of very sparse files are the largest that are seen. */
const MAX_EXTENDED_HEADER = 64 * 1024 * 1024;

/**
 * Parses a tar archive of any format up to its end, without doing any input or output itself.
 * @throws SnapdiscError `source.corrupt` with the byte offset, `source.unsupported`.
 */
export function parseArchive(handlers: ArchiveHandlers): Steps<void> {
  return new Parser(handlers).run();
}

class Parser {
  readonly #handlers: ArchiveHandlers;
  readonly #cursor = new Cursor();
  readonly #global = new PaxAttributes();
  #pax: PaxAttributes | undefined;
  #long: LongNames = {};
  /** Of the first header of an entry that has several. */
  #entryStart: number | undefined;
  #lostAcls = 0;

  constructor(handlers: ArchiveHandlers) {
    this.#handlers = handlers;
  }

  *run(): Steps<void> {
    for (;;) {
      const at = this.#cursor.position;
      const block = yield* this.#cursor.read(TAR_BLOCK, 'without an end-of-archive mark');
      if (isZero(block)) return yield* this.#finish(at);
      const header = parseHeader(block);
      if (header === undefined) throw corrupt(at, 'the checksum of a header is wrong');
      yield* this.#member(header, block, at);
    }
  }

  *#member(header: TarHeader, block: Buffer, at: number): Steps<void> {
    switch (header.typeflag) {
      case 'x':
      // Solaris wrote X before x was a standard.
      case 'X':
        this.#entryStart ??= at;
        this.#pax ??= new PaxAttributes(this.#global);
        this.#pax.add(yield* this.#records(header, at));
        return;
      case 'g':
        this.#global.add(yield* this.#records(header, at));
        return;
      case 'L':
        this.#entryStart ??= at;
        this.#long.path = yield* this.#longName(header, at);
        return;
      case 'K':
        this.#entryStart ??= at;
        this.#long.linkTarget = yield* this.#longName(header, at);
        return;
      case 'A':
      case 'I':
      case 'N':
        this.#handlers.onWarning(
          `Skipped the entry of type ${header.typeflag} at byte ${at} of the archive.`,
        );
        return yield* this.#skip(header, at);
      // The archive's label.
      case 'V':
        return yield* this.#skip(header, at);
      case 'M':
        throw new SnapdiscError(
          'source.unsupported',
          `The tar archive is one volume of several: at byte ${at} a file of another goes on.`,
          { hint: 'Join the volumes first: unpack them with tar -M and create one archive.' },
        );
      default:
        return yield* this.#entry(header, block, this.#entryStart ?? at);
    }
  }

  *#entry(header: TarHeader, block: Buffer, start: number): Steps<void> {
    const pax = this.#pax ?? this.#global;
    const entry = assembleEntry(header, pax, this.#long, start);
    if (hasOnlyTextAcl(pax)) this.#lostAcls++;
    this.#forgetExtensions();
    const isFile = entry.kind === 'file';
    const sparse = isFile ? yield* readSparse(this.#cursor, entry, header, block, pax) : undefined;
    const stored = entry.stored - (sparse?.mapBytes ?? 0);
    const located: LocatedEntry = {
      ...entry,
      size: sparse?.size ?? entry.size,
      dataPosition: this.#cursor.position,
      runs:
        sparse === undefined
          ? wholeFile(entry.size)
          : checkedRuns(sparse.numbers, sparse.size, stored, start),
    };
    this.#handlers.onEntry(located);
    yield* this.#cursor.pass({ op: 'data', length: stored, entry: located });
    yield* this.#cursor.pass({ op: 'skip', length: roundUp(stored, TAR_BLOCK) - stored });
  }

  #forgetExtensions(): void {
    this.#pax = undefined;
    this.#long = {};
    this.#entryStart = undefined;
  }

  *#records(header: TarHeader, at: number): Steps<PaxRecord[]> {
    const data = yield* this.#payload(header, at, MAX_EXTENDED_HEADER);
    return parsePaxRecords(data, at + TAR_BLOCK);
  }

  *#longName(header: TarHeader, at: number): Steps<string> {
    const data = yield* this.#payload(header, at, MAX_LONG_NAME);
    const end = data.indexOf(0);
    return byteString(end < 0 ? data : data.subarray(0, end));
  }

  *#payload(header: TarHeader, at: number, max: number): Steps<Buffer> {
    const length = checkedLength(header, at);
    if (length > max) throw corrupt(at, `an extended header claims to have ${length} bytes`);
    const blocks = roundUp(length, TAR_BLOCK);
    const data = yield* this.#cursor.read(blocks, 'inside an extended header');
    return data.subarray(0, length);
  }

  *#skip(header: TarHeader, at: number): Steps<void> {
    const length = roundUp(checkedLength(header, at), TAR_BLOCK);
    yield* this.#cursor.pass({ op: 'skip', length });
    this.#forgetExtensions();
  }

  /** One zero block was seen; a second one ends the archive. */
  *#finish(at: number): Steps<void> {
    if (this.#entryStart !== undefined) throw corrupt(at, 'a name is given, but no entry follows');
    if (this.#lostAcls > 0) this.#handlers.onWarning(lostAcls(this.#lostAcls));
    const second = yield { op: 'read', length: TAR_BLOCK };
    // Some writers end with one zero block at the very end: nothing can be missing there.
    if (second !== undefined && second.length > 0 && !isZero(second)) {
      throw corrupt(at, 'a block of zeros lies between the entries');
    }
  }
}

function checkedLength(header: TarHeader, at: number): number {
  if (header.size === undefined || header.size < 0 || header.size > 2 ** 48) {
    throw corrupt(at, 'a header has an impossible size');
  }
  return header.size;
}

/** Written by `tar --acls`, with names of users: only the kernel's own form can be carried over. */
function hasOnlyTextAcl(pax: PaxAttributes): boolean {
  return ['access', 'default'].some((type) => {
    const isText = pax.get(`SCHILY.acl.${type}`) !== undefined;
    return isText && pax.get(`SCHILY.xattr.system.posix_acl_${type}`) === undefined;
  });
}

function lostAcls(count: number): string {
  return `Left out the access control lists of ${count} entries, which the archive has as text; "tar --xattrs --xattrs-include=*" stores them in a form that can be read.`;
}
