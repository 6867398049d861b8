import { type ByteString, byteStringFromText } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import type { IsoAttributes, IsoDirectory, IsoFile, IsoNode } from '../iso9660/index.js';

/** The disc's own files (not those inside root.img), put together path by path. */
export class DiscTree {
  readonly root: IsoDirectory;
  readonly #seconds: number;

  /** @param seconds since 1970: the time of everything the build makes. */
  constructor(seconds: number) {
    this.#seconds = seconds;
    this.root = this.#directory();
  }

  /** Adds a file of known contents. */
  addContent(path: string, content: Uint8Array): IsoFile {
    const file: IsoFile = {
      ...this.#attributes(0o444),
      kind: 'file',
      size: content.length,
      content,
    };
    this.#put(byteStringFromText(path), file);
    return file;
  }

  /** Adds a file that the build writes itself, at a multiple of `alignment` 2 KiB blocks. */
  addPlaced(path: string, size: number, alignment: number): IsoFile {
    const file: IsoFile = { ...this.#attributes(0o444), kind: 'file', size, alignment };
    this.#put(byteStringFromText(path), file);
    return file;
  }

  /**
   * Grafts a tree from outside; its directories merge with those that are there.
   * @throws SnapdiscError `usage.disc-include` when a file is in the way.
   */
  graft(path: ByteString, node: IsoNode): void {
    if (node.kind !== 'directory') {
      this.#put(path, node);
      return;
    }
    if (path !== '') this.#directoryAt(path, node);
    for (const [name, child] of node.entries) {
      this.graft(path === '' ? name : `${path}/${name}`, child);
    }
  }

  #put(path: ByteString, node: IsoNode): void {
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? this.root : this.#directoryAt(path.slice(0, slash));
    const name = path.slice(slash + 1);
    if (parent.entries.has(name)) throw inTheWay(path);
    entriesOf(parent).set(name, node);
  }

  #directoryAt(path: ByteString, like?: IsoDirectory): IsoDirectory {
    let here = this.root;
    const names = path.split('/').filter((name) => name !== '');
    for (const [index, name] of names.entries()) {
      const next = here.entries.get(name);
      if (next !== undefined && next.kind !== 'directory') throw inTheWay(path);
      const isLast = index === names.length - 1;
      const made =
        isLast && like !== undefined ? { ...like, entries: new Map() } : this.#directory();
      const child = next ?? made;
      entriesOf(here).set(name, child);
      here = child;
    }
    return here;
  }

  #directory(): IsoDirectory {
    return { ...this.#attributes(0o555), kind: 'directory', entries: new Map() };
  }

  #attributes(mode: number): IsoAttributes {
    return { mode, uid: 0, gid: 0, mtime: { seconds: this.#seconds } };
  }
}

/** Every directory of a DiscTree was made here, with a Map of its own. */
function entriesOf(directory: IsoDirectory): Map<ByteString, IsoNode> {
  return directory.entries as Map<ByteString, IsoNode>;
}

function inTheWay(path: ByteString): SnapdiscError {
  return new SnapdiscError('usage.disc-include', `The disc has another file at ${path} already.`, {
    hint: 'Choose another path: --disc-include DIR:PATH. The folders isolinux and live and boot/grub/loopback.cfg are ours.',
  });
}
