import { createHash } from 'node:crypto';
import { lstat, open, readdir, readFile, readlink } from 'node:fs/promises';
import { type ByteString, byteString, bytesOf } from '../../src/bytes.js';
import { Ext2Image, type StoredInode } from '../../src/ext2/index.js';
import { run } from '../../src/process.js';
import { type Directory, type Inode, walk, type Xattr } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK, MIB } from '../../src/units.js';
import { contentBlock } from './helpers.js';

/**
 * A filesystem as comparable text: one line for each path. What `describeTree` says of the tree that
 * was given, `describeImage` (our reader) and `describeMount` (the kernel) must say of the image.
 */
export type Description = Map<ByteString, string>;

interface Facts {
  readonly kind: Inode['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** A target, a device number or a hash of contents. */
  readonly content: string;
  readonly xattrs: readonly Xattr[];
  /** The first path of the same inode. */
  readonly sameAs: ByteString;
}

function line(facts: Facts): string {
  const { kind, mode, uid, gid, links, mtime, content, sameAs } = facts;
  const xattrs = facts.xattrs
    .map(({ name, value }) => `${name}=${Buffer.from(value).toString('hex')}`)
    .sort();
  const owner = `${uid}:${gid}`;
  return [kind, mode.toString(8), owner, links, `@${mtime}`, content, sameAs, ...xattrs].join(' ');
}

function nanoseconds({ seconds, nanoseconds }: Inode['mtime']): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

/** Contents of files up to this size are compared whole; of larger ones only the size. */
const COMPARED: number = MIB;

function fileContent(size: number, content: () => Buffer): string {
  const hash = size > COMPARED ? '' : createHash('sha1').update(content()).digest('hex');
  return `${size} ${hash}`;
}

export function describeTree(root: Directory): Description {
  const links = new Map<Inode, number>();
  const first = new Map<Inode, ByteString>();
  for (const { path, inode } of walk(root)) {
    const count = inode.kind === 'directory' ? 2 + subdirectories(inode) : 1;
    links.set(inode, inode.kind === 'directory' ? count : (links.get(inode) ?? 0) + count);
    if (!first.has(inode)) first.set(inode, path);
  }
  const lines: Description = new Map();
  for (const { path, inode } of walk(root)) {
    const facts = { ...inode, links: links.get(inode) ?? 0, mtime: nanoseconds(inode.mtime) };
    const sameAs = first.get(inode) ?? '';
    lines.set(path, line({ ...facts, content: treeContent(inode), sameAs }));
  }
  return lines;
}

function subdirectories({ entries }: Directory): number {
  return [...entries.values()].filter(({ kind }) => kind === 'directory').length;
}

function treeContent(inode: Inode): string {
  if (inode.kind === 'symlink') return inode.target;
  if (inode.kind === 'block' || inode.kind === 'char') return `${inode.major}:${inode.minor}`;
  if (inode.kind !== 'file') return '';
  return fileContent(inode.size, () => {
    const content = Buffer.alloc(inode.size);
    for (let block = 0; block * EXT2_BLOCK < inode.size; block++) {
      content.set(contentBlock(inode, block), block * EXT2_BLOCK);
    }
    return content;
  });
}

export async function describeImage(path: string): Promise<Description> {
  const file = await open(path);
  try {
    const image = await Ext2Image.open(async (offset, length) => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
    const lines: Description = new Map();
    const first = new Map<number, ByteString>();
    const pending: { path: ByteString; number: number }[] = [{ path: '', number: 2 }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const inode = await image.inode(next.number);
      if (!first.has(inode.number)) first.set(inode.number, next.path);
      const content = await storedContent(image, inode);
      const sameAs = first.get(inode.number) ?? '';
      const facts = { ...inode, mtime: nanoseconds(inode.mtime), content, sameAs };
      lines.set(next.path, line({ ...facts, xattrs: await image.xattrs(inode) }));
      if (inode.kind !== 'directory') continue;
      const entries = [];
      for await (const entry of image.entries(inode)) entries.push(entry);
      for (const { name, inode: number } of entries.reverse()) {
        if (name === '.' || name === '..') continue;
        pending.push({ path: next.path === '' ? name : `${next.path}/${name}`, number });
      }
    }
    return lines;
  } finally {
    await file.close();
  }
}

async function storedContent(image: Ext2Image, inode: StoredInode): Promise<string> {
  if (inode.kind === 'symlink') return image.linkTarget(inode);
  if (inode.device !== undefined) return `${inode.device.major}:${inode.device.minor}`;
  if (inode.kind !== 'file') return '';
  const content = Buffer.alloc(inode.size > COMPARED ? 0 : inode.size);
  if (content.length > 0) {
    for await (const { fileBlock, fsBlock, count } of image.extents(inode)) {
      for (let index = 0; index < count; index++) {
        (await image.block(fsBlock + index)).copy(content, (fileBlock + index) * EXT2_BLOCK);
      }
    }
  }
  return fileContent(inode.size, () => content);
}

const KINDS: readonly (readonly [number, Inode['kind']])[] = [
  [0x1000, 'fifo'],
  [0x2000, 'char'],
  [0x4000, 'directory'],
  [0x6000, 'block'],
  [0x8000, 'file'],
  [0xa000, 'symlink'],
  [0xc000, 'socket'],
];

/** What the kernel shows under `top`. */
export async function describeMount(top: string): Promise<Description> {
  const lines: Description = new Map();
  const first = new Map<bigint, ByteString>();
  const xattrs = await mountXattrs(top);
  const pending: ByteString[] = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const full = bytesOf(path === '' ? top : `${top}/${path}`);
    const status = await lstat(full, { bigint: true });
    const kind = KINDS.find(([bits]) => bits === Number(status.mode & 0xf000n))?.[1] ?? 'file';
    if (!first.has(status.ino)) first.set(status.ino, path);
    let content = '';
    if (kind === 'symlink') content = byteString(await readlink(full, 'buffer'));
    if (kind === 'block' || kind === 'char') content = deviceText(Number(status.rdev));
    if (kind === 'file') {
      const size = Number(status.size);
      const data = size > COMPARED ? Buffer.alloc(0) : await readFile(full);
      content = fileContent(size, () => data);
    }
    const facts = {
      kind,
      mode: Number(status.mode & 0o7777n),
      uid: Number(status.uid),
      gid: Number(status.gid),
      links: Number(status.nlink),
      mtime: BigInt.asIntN(64, status.mtimeNs),
      content,
      xattrs: xattrs.get(path) ?? [],
      sameAs: first.get(status.ino) ?? '',
    };
    lines.set(path, line(facts));
    if (kind !== 'directory') continue;
    const names = (await readdir(full, { encoding: 'buffer' })).map(byteString).sort().reverse();
    for (const name of names) pending.push(path === '' ? name : `${path}/${name}`);
  }
  return lines;
}

/** glibc's makedev: the low 8 bits of minor, 12 of major, the rest of minor. */
function deviceText(device: number): string {
  const minor = (device % 256) + Math.floor(device / 2 ** 20) * 256;
  return `${Math.floor(device / 256) % 4096}:${minor}`;
}

const GETFATTR = { program: 'getfattr', purpose: 'reads xattrs', debianPackage: 'attr' };

async function mountXattrs(top: string): Promise<Map<ByteString, Xattr[]>> {
  const args = ['-R', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', top];
  const output = byteString(await run(GETFATTR, args));
  const found = new Map<ByteString, Xattr[]>();
  for (const record of output.split('\n\n')) {
    const [header = '', ...rest] = record.split('\n').filter((text) => text !== '');
    const path = unquote(header.slice('# file: '.length)).slice(top.length + 1);
    const xattrs = rest.map((text) => {
      const [name = '', hex = ''] = text.split('=');
      return { name: unquote(name), value: Buffer.from(hex.slice(2), 'hex') };
    });
    if (header !== '') found.set(path, xattrs);
  }
  return found;
}

function unquote(text: string): ByteString {
  return text.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
