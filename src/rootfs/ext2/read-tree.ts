import { type ByteString, printable } from '../../bytes.js';
import { BlockClaims } from '../../ext2/block-claims.js';
import type { MappedExtent } from '../../ext2/block-map.js';
import { BLOCK_SIZE } from '../../ext2/constants.js';
import type { Ext2Image } from '../../ext2/image.js';
import type { StoredInode } from '../../ext2/read-inode.js';
import { notExt2 } from '../../ext2/read-superblock.js';
import type { StoredImage } from '../../ext2/stored-image.js';
import type { Block4096 } from '../../units.js';
import type { DataRun, Directory, Inode, RegularFile, Xattr } from '../tree.js';

/** The Tree of an ext2 image, and where the data of its files lie. */
export interface StoredTree {
  readonly root: Directory;
  /** Of files that have data; ascending by file block, none beyond the file's end. */
  readonly extents: ReadonlyMap<RegularFile, readonly MappedExtent[]>;
}

/** What 12 direct blocks and three levels of indirect ones can map, in bytes. */
const MAX_FILE_SIZE = (12 + 1024 + 1024 ** 2 + 1024 ** 3) * BLOCK_SIZE;

/**
 * Reads the whole tree. The image is not trusted: names that lead elsewhere, a directory or a block
 * with two owners and sizes that ext2 cannot have are refused, so that whoever writes the tree down
 * need not look again.
 * @throws SnapdiscError `image.ext2`
 */
export async function readStoredTree(stored: StoredImage): Promise<StoredTree> {
  return new TreeReader(stored).read();
}

/** A directory whose entries are still to be read. */
interface Pending {
  readonly path: ByteString;
  readonly stored: StoredInode;
  readonly directory: Directory;
}

class TreeReader {
  readonly #image: Ext2Image;
  readonly #claims: BlockClaims;
  readonly #inodes = new Map<number, Inode>();
  readonly #extents = new Map<RegularFile, readonly MappedExtent[]>();
  readonly #xattrs = new Map<Block4096, readonly Xattr[]>();
  /** A stack of its own: hostile trees are deep. */
  readonly #pending: Pending[] = [];

  constructor({ image, segments }: StoredImage) {
    this.#image = image;
    this.#claims = new BlockClaims(segments);
  }

  async read(): Promise<StoredTree> {
    const root = await this.#admit(await this.#image.root(), '');
    if (root.kind !== 'directory') throw notExt2('its root is no directory');
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      await this.#readEntries(next);
    }
    return { root, extents: this.#extents };
  }

  async #readEntries({ path, stored, directory }: Pending): Promise<void> {
    for await (const { name, inode: number } of this.#image.entries(stored)) {
      if (name === '.' || name === '..') continue;
      const child = path === '' ? name : `${path}/${name}`;
      if (name === '' || /[/\0]/.test(name))
        throw refused(child, 'has a name that no file can have');
      if (directory.entries.has(name)) throw refused(child, 'is there twice');
      const known = this.#inodes.get(number);
      if (known?.kind === 'directory') throw refused(child, 'is a directory with two names');
      const inode = known ?? (await this.#admit(await this.#image.inode(number), child));
      directory.entries.set(name, inode);
    }
  }

  /** Makes the Tree's inode of one that is met first as `path`. */
  async #admit(stored: StoredInode, path: ByteString): Promise<Inode> {
    const { mode, uid, gid, mtime } = stored;
    const attributes = { mode, uid, gid, mtime, xattrs: await this.#xattrsOf(stored, path) };
    for await (const { fsBlock } of this.#image.blocks(stored)) this.#claims.claim(fsBlock);
    const inode = await this.#withContent(stored, attributes, path);
    this.#inodes.set(stored.number, inode);
    return inode;
  }

  async #withContent(
    stored: StoredInode,
    attributes: Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'>,
    path: ByteString,
  ): Promise<Inode> {
    switch (stored.kind) {
      case 'directory': {
        const directory: Directory = { ...attributes, kind: 'directory', entries: new Map() };
        this.#pending.push({ path, stored, directory });
        return directory;
      }
      case 'file':
        return this.#file(stored, attributes, path);
      case 'symlink': {
        const target = await this.#image.linkTarget(stored);
        if (target.includes('\0')) throw refused(path, 'leads to a name that no file can have');
        return { ...attributes, kind: 'symlink', target };
      }
      case 'block':
      case 'char':
        return { ...attributes, kind: stored.kind, ...(stored.device ?? { major: 0, minor: 0 }) };
      default:
        return { ...attributes, kind: stored.kind };
    }
  }

  async #file(
    stored: StoredInode,
    attributes: Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'>,
    path: ByteString,
  ): Promise<RegularFile> {
    const { size } = stored;
    if (size > MAX_FILE_SIZE) throw refused(path, `has ${size} bytes, more than ext2 can hold`);
    const extents: MappedExtent[] = [];
    for await (const extent of this.#image.extents(stored)) {
      if (extent.fileBlock * BLOCK_SIZE < size) extents.push(extent);
    }
    const file: RegularFile = { ...attributes, kind: 'file', size, runs: runsOf(extents, size) };
    if (extents.length > 0) this.#extents.set(file, extents);
    return file;
  }

  /** Inodes with equal xattrs share a block, and the same array. */
  async #xattrsOf(stored: StoredInode, path: ByteString): Promise<readonly Xattr[]> {
    const known = this.#xattrs.get(stored.xattrBlock);
    if (known !== undefined) return known;
    const xattrs = await this.#image.xattrs(stored);
    const names = new Set(xattrs.map(({ name }) => name));
    if (names.size < xattrs.length) throw refused(path, 'has an extended attribute twice');
    if (xattrs.some(({ name }) => name.includes('\0'))) {
      throw refused(path, 'has an extended attribute with an impossible name');
    }
    this.#xattrs.set(stored.xattrBlock, xattrs);
    return xattrs;
  }
}

/** Extents that meet in the file as one run; the last block ends with the file. */
function runsOf(extents: readonly MappedExtent[], size: number): DataRun[] {
  const runs: { offset: number; length: number }[] = [];
  for (const { fileBlock, count } of extents) {
    const offset = fileBlock * BLOCK_SIZE;
    const length = Math.min(count * BLOCK_SIZE, size - offset);
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += length;
    else runs.push({ offset, length });
  }
  return runs;
}

function refused(path: ByteString, what: string) {
  return notExt2(`/${printable(path)} ${what}`);
}
