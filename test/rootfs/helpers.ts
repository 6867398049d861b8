import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { lchown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { bytesOf } from '../../src/bytes.js';
import { run, type Tool } from '../../src/process.js';
import type { FileChunk, Source } from '../../src/rootfs/source.js';
import {
  type Directory,
  type Inode,
  type RegularFile,
  type Timestamp,
  walk,
} from '../../src/rootfs/tree.js';

export function tool(program: string, debianPackage = program): Tool {
  return { program, purpose: 'judges what is read', debianPackage };
}

export const TAR = tool('tar');

/** Owners, devices and capabilities need it. */
export const isRoot = process.getuid?.() === 0;

/** A directory for one test, removed at its end. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'snapdisc-rootfs-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Bytes in a file of the test's own directory. */
export async function temporaryFile(t: ExecutionContext, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(t), 'archive');
  await writeFile(path, bytes);
  return path;
}

/** Puts a tree of files with `content` on the disk, through names as bytes; runs tell the holes. */
export async function materialise(root: Directory, folder: string): Promise<void> {
  const absolute = (path: string) => Buffer.concat([Buffer.from(`${folder}/`), bytesOf(path)]);
  const names = new Map<Inode, Buffer>();
  const xattrs: string[] = [];
  const entries = [...walk(root)];
  for (const { path, inode } of entries) {
    const place = absolute(path);
    const known = names.get(inode);
    if (known !== undefined) linkSync(known, place);
    else await create(inode, place, path === '');
    names.set(inode, place);
    if (known === undefined && inode.xattrs.length > 0) xattrs.push(xattrDump(place, inode));
  }
  // Owners first: a chown clears capabilities. Times last, children before parents.
  for (const [inode, place] of names) {
    if (isRoot) await lchown(place, inode.uid, inode.gid);
    if (inode.kind !== 'symlink') chmodSync(place, inode.mode);
  }
  if (xattrs.length > 0) {
    const dump = Buffer.from(xattrs.join('\n'), 'latin1');
    await run(tool('setfattr', 'attr'), ['-h', '--restore=-'], dump);
  }
  for (const { path, inode } of entries.reverse()) {
    const { seconds, nanoseconds } = inode.mtime;
    // A Date, since Node takes negative numbers for "now".
    const time = new Date(seconds * 1000 + nanoseconds / 1e6);
    lutimesSync(absolute(path), time, time);
  }
}

async function create(inode: Inode, place: Buffer, isTop: boolean): Promise<void> {
  // Our own programs take bytes only as bytes of text; such names are given none of these kinds.
  const text = place.toString('utf8');
  if (inode.kind === 'directory') {
    if (!isTop) mkdirSync(place);
  } else if (inode.kind === 'file') writeRuns(inode, place);
  else if (inode.kind === 'symlink') symlinkSync(bytesOf(inode.target), place);
  else if (inode.kind === 'fifo') await run(tool('mkfifo', 'coreutils'), [text]);
  else if (inode.kind === 'block' || inode.kind === 'char') {
    const type = inode.kind === 'block' ? 'b' : 'c';
    const { major, minor } = inode;
    await run(tool('mknod', 'coreutils'), [text, type, `${major}`, `${minor}`]);
  }
}

function writeRuns(file: RegularFile, place: Buffer): void {
  const content = file.content ?? Buffer.alloc(file.size);
  const descriptor = openSync(place, 'w');
  ftruncateSync(descriptor, file.size);
  for (const { offset, length } of file.runs) {
    writeSync(descriptor, content, offset, length, offset);
  }
  closeSync(descriptor);
}

/** As `getfattr -d -e hex` writes it and `setfattr --restore` reads it. */
function xattrDump(place: Buffer, inode: Inode): string {
  const quoted = (text: string, special: RegExp) =>
    text.replace(special, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  const lines = inode.xattrs.map(({ name, value }) => {
    return `${quoted(name, /[\n\r\\=]/g)}=0x${Buffer.from(value).toString('hex')}\n`;
  });
  return `# file: ${quoted(place.toString('latin1'), /[\n\r\\]/g)}\n${lines.join('')}`;
}

/** The contents of all files with data as `read` yields them, each byte checked to come once. */
export async function readAll(
  t: ExecutionContext,
  source: Source,
): Promise<Map<RegularFile, Buffer>> {
  const contents = new Map<RegularFile, Buffer>();
  const covered = new Map<RegularFile, Map<number, number>>();
  let bytes = 0;
  for await (const chunk of source.read()) {
    bytes += chunk.data.length;
    put(contents, chunk);
    const ranges = covered.get(chunk.file) ?? new Map();
    covered.set(chunk.file, ranges.set(chunk.offset, chunk.data.length));
  }
  t.is(bytes, source.dataBytes);
  for (const [file, ranges] of covered) {
    let total = 0;
    for (const run of file.runs) {
      for (let at = run.offset; at < run.offset + run.length; total++) {
        const length = ranges.get(at);
        if (length === undefined) return t.fail('a byte of a run did not come') as never;
        at += length;
      }
    }
    t.is(total, ranges.size);
  }
  return contents;
}

function put(contents: Map<RegularFile, Buffer>, { file, offset, data }: FileChunk): void {
  const buffer = contents.get(file) ?? Buffer.alloc(file.size);
  buffer.set(data, offset);
  contents.set(file, buffer);
}

/**
 * Everything about a source's tree and its data, one line a name. Hard links show as the first name
 * of their inode.
 */
export async function describeSource(t: ExecutionContext, source: Source): Promise<string[]> {
  const contents = await readAll(t, source);
  return describeTree(source.root, contents);
}

export function describeTree(
  root: Directory,
  contents: ReadonlyMap<RegularFile, Uint8Array> = new Map(),
): string[] {
  const first = new Map<Inode, string>();
  return [...walk(root)].map(({ path, inode }) => {
    const known = first.get(inode);
    if (known !== undefined) return `${JSON.stringify(path)} = ${JSON.stringify(known)}`;
    first.set(inode, path);
    const owner = `${inode.mode.toString(8)} ${inode.uid}:${inode.gid}`;
    const xattrs = inode.xattrs
      .map(({ name, value }) => `${JSON.stringify(name)}=${Buffer.from(value).toString('hex')}`)
      .sort();
    const time = timeText(inode.mtime);
    const what = details(inode, contents);
    return [JSON.stringify(path), inode.kind, owner, time, what, ...xattrs].join(' ');
  });
}

function timeText({ seconds, nanoseconds }: Timestamp): string {
  return `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
}

function details(inode: Inode, contents: ReadonlyMap<RegularFile, Uint8Array>): string {
  switch (inode.kind) {
    case 'symlink':
      return JSON.stringify(inode.target);
    case 'block':
    case 'char':
      return `${inode.major}:${inode.minor}`;
    case 'file': {
      const data = contents.get(inode) ?? inode.content ?? Buffer.alloc(inode.size);
      return `${inode.size} ${createHash('sha1').update(data).digest('hex')}`;
    }
    default:
      return '';
  }
}
