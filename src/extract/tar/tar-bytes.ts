import { type ByteString, bytesOf } from '../../bytes.js';
import type { FileChunk } from '../../rootfs/source.js';
import { TAR_BLOCK } from '../../rootfs/tar/header.js';
import { type Directory, type Inode, type RegularFile, walk } from '../../rootfs/tree.js';
import { encodePax, type PaxRecords, paxRecords } from './pax-header.js';
import { encodeUstarHeader, padding, TYPE_FLAGS, type UstarHeader } from './ustar-header.js';

/** Archives are a multiple of this long, as tar makes them: 20 blocks. */
const RECORD = 20 * TAR_BLOCK;

/** Gives the data of a file's runs, ascending. */
export type ReadFile = (file: RegularFile) => AsyncIterable<FileChunk>;

/**
 * A tree as a tar archive: ustar with PAX headers where that is too narrow, holes in GNU's sparse format
 * 1.0. Our own writer, because tar-stream encodes names and PAX values as UTF-8, which breaks
 * capabilities and names in other encodings, and knows no holes. Sockets are left out: tar has no type
 * for them. Deterministic.
 */
export async function* tarBytes(root: Directory, readFile: ReadFile): AsyncGenerator<Uint8Array> {
  const names = new Map<Inode, ByteString>();
  let written = 0;
  for (const { path, inode } of walk(root)) {
    const { kind } = inode;
    if (kind === 'socket') continue;
    const name = inode.kind === 'directory' ? `./${path}${path === '' ? '' : '/'}` : `./${path}`;
    const first = names.get(inode);
    names.set(inode, first ?? name);
    for await (const piece of first === undefined
      ? entryBytes(headerOf(name, inode, TYPE_FLAGS[kind]), inode, readFile)
      : headerBytes(hardLinkHeader(name, first, inode), inode)) {
      written += piece.length;
      yield piece;
    }
  }
  const end = written + 2 * TAR_BLOCK;
  yield Buffer.alloc(2 * TAR_BLOCK + ((RECORD - (end % RECORD)) % RECORD));
}

async function* entryBytes(
  header: UstarHeader,
  inode: Inode,
  readFile: ReadFile,
): AsyncGenerator<Uint8Array> {
  if (inode.kind !== 'file') {
    yield* headerBytes(header, inode);
    return;
  }
  const stored = inode.runs.reduce((sum, { length }) => sum + length, 0);
  const hasHoles = stored < inode.size;
  const map = hasHoles ? sparseMap(inode) : Buffer.alloc(0);
  const sparse = hasHoles ? sparseRecords(header.name, inode.size) : [];
  yield* headerBytes({ ...header, size: map.length + stored }, inode, sparse);
  yield map;
  let seen = 0;
  for await (const { data } of readFile(inode)) {
    seen += data.length;
    yield data;
  }
  if (seen !== stored) throw new Error(`${seen} bytes of a file came where ${stored} were due`);
  yield padding(stored);
}

function hardLinkHeader(name: ByteString, first: ByteString, inode: Inode): UstarHeader {
  return { ...headerOf(name, inode, TYPE_FLAGS.hardLink), linkName: first };
}

function headerOf(name: ByteString, inode: Inode, typeFlag: string): UstarHeader {
  const isDevice = inode.kind === 'block' || inode.kind === 'char';
  return {
    name,
    typeFlag,
    linkName: inode.kind === 'symlink' ? inode.target : '',
    ...{ mode: inode.mode, uid: inode.uid, gid: inode.gid },
    size: 0,
    mtime: inode.mtime.seconds,
    major: isDevice ? inode.major : 0,
    minor: isDevice ? inode.minor : 0,
  };
}

function* headerBytes(
  header: UstarHeader,
  { mtime, xattrs }: Inode,
  more: PaxRecords = [],
): Generator<Uint8Array> {
  const records = [...paxRecords(header, mtime, xattrs), ...more];
  if (records.length > 0) {
    const data = encodePax(records);
    const name = `./PaxHeaders/${header.name.replace(/\/$/, '').replace(/^.*\//s, '')}`;
    const numbers = { uid: 0, gid: 0, mtime: 0, major: 0, minor: 0, mode: 0o644 };
    const typeFlag = TYPE_FLAGS.paxHeader;
    yield encodeUstarHeader({ name, typeFlag, linkName: '', size: data.length, ...numbers });
    yield data;
    yield padding(data.length);
  }
  yield encodeUstarHeader(header);
}

/** GNU tar, "Sparse Formats", PAX format 1.0. */
function sparseRecords(name: ByteString, size: number): PaxRecords {
  return [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', name],
    ['GNU.sparse.realsize', String(size)],
  ];
}

/** The map before the data: how many runs, then each one's offset and length, a line each. */
function sparseMap({ runs, size }: RegularFile): Buffer {
  // A last run of nothing tells where a hole at the end ends.
  const last = runs.at(-1) ?? { offset: 0, length: 0 };
  const all = last.offset + last.length < size ? [...runs, { offset: size, length: 0 }] : runs;
  const lines = [all.length, ...all.flatMap(({ offset, length }) => [offset, length])];
  const map = bytesOf(lines.map((line) => `${line}\n`).join(''));
  return Buffer.concat([map, padding(map.length)]);
}
