import type { ByteString } from '../bytes.js';
import { compareVersions } from '../initrd/version-order.js';
import { type Directory, type Inode, lookup } from '../rootfs/tree.js';

/** What stands for a path of another root filesystem in this one. */
export interface Successor {
  readonly inode: Inode;
  /** Its path here. */
  readonly path: ByteString;
  /** Whether it goes by another name: another version, or made for another processor. */
  readonly isOther: boolean;
}

/** A directory and the names in it that differ in versions or processors only. */
interface Relatives {
  readonly directory: Directory;
  readonly byStem: ReadonlyMap<string, readonly ByteString[]>;
}

/** Processors, as Debian's packages, GNU's triplets and kernel versions call them. */
const PROCESSOR =
  /(^|[-_.])(?:i[3-6]86|686(?:-pae)?|x86[-_]64|amd64|aarch64|arm64|arm|armhf|armmp|powerpc64le|ppc64el|riscv64|s390x)(?=$|[-_.])/g;
/** The ends of triplets: `-linux-gnueabihf`. */
const ABI = /(?<=-linux-(?:gnu|musl))(?:x32|eabi(?:hf)?|64)(?=$|[-_.])/g;
const VERSION = /\d+(?:\.\d+)*/g;

/**
 * Finds, in the tree of `root`, the paths that a profile of another tree names. Where a path is not there,
 * what it has become is looked for, name by name: a library of another version, a folder of another
 * kernel or processor, `/usr/lib` for `/lib` and back. Symlinks on the way are followed. Pure.
 */
export class Successors {
  readonly #known = new Map<ByteString, Successor | undefined>();
  readonly #relatives = new Map<Directory, Relatives>();

  constructor(readonly root: Directory) {
    this.#known.set('', { inode: root, path: '', isOther: false });
  }

  /** What `path`, without a leading slash, is or has become here. A symlink at its end is itself. */
  find(path: ByteString): Successor | undefined {
    return this.#find(path) ?? this.#find(otherUsr(path));
  }

  /** The same with the symlink at the end followed. */
  findTarget(path: ByteString): Successor | undefined {
    const found = this.find(path);
    if (found?.inode.kind !== 'symlink') return found;
    const inode = lookup(this.root, found.path);
    return inode === undefined ? undefined : { ...found, inode };
  }

  /** Paths may have thousands of names: from the longest part that is known on, one name after the other. */
  #find(path: ByteString): Successor | undefined {
    let known = path;
    while (!this.#known.has(known)) known = known.slice(0, Math.max(known.lastIndexOf('/'), 0));
    let found = this.#known.get(known);
    while (known.length < path.length) {
      const start = known === '' ? 0 : known.length + 1;
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      found = found === undefined ? undefined : this.#step(found, path.slice(start, end));
      known = path.slice(0, end);
      this.#known.set(known, found);
    }
    return found;
  }

  #step({ inode, path, isOther }: Successor, name: ByteString): Successor | undefined {
    const directory = inode.kind === 'symlink' ? lookup(this.root, path) : inode;
    if (directory?.kind !== 'directory') return undefined;
    const here = directory.entries.has(name) ? name : this.#relative(directory, name);
    const child = here === undefined ? undefined : directory.entries.get(here);
    if (child === undefined) return undefined;
    return {
      inode: child,
      path: path === '' ? `${here}` : `${path}/${here}`,
      isOther: isOther || here !== name,
    };
  }

  /** The newest of the names that differ from `name` in versions or processors only. */
  #relative(directory: Directory, name: ByteString): ByteString | undefined {
    const stem = stemOf(name);
    // A mere number says nothing about what it counts.
    if (stem === '#') return undefined;
    let relatives = this.#relatives.get(directory);
    if (relatives === undefined) {
      relatives = { directory, byStem: groupByStem(directory) };
      this.#relatives.set(directory, relatives);
    }
    return relatives.byStem.get(stem)?.reduce((a, b) => (compareVersions(a, b) < 0 ? b : a));
  }
}

/** A name without what a newer version or another processor would change. */
export function stemOf(name: ByteString): string {
  return name
    .replace(PROCESSOR, '$1')
    .replace(ABI, '')
    .replace(VERSION, '#')
    .replace(/[-_.]+(?=$|[-_.])/g, '');
}

function groupByStem({ entries }: Directory): Map<string, ByteString[]> {
  const groups = new Map<string, ByteString[]>();
  for (const name of entries.keys()) {
    const stem = stemOf(name);
    const group = groups.get(stem);
    if (group === undefined) groups.set(stem, [name]);
    else group.push(name);
  }
  return groups;
}

/** The same path with /usr merged or not. */
function otherUsr(path: ByteString): ByteString {
  return path.startsWith('usr/') ? path.slice('usr/'.length) : `usr/${path}`;
}
