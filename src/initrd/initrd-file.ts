/** Files on their way into the initrd, and where they lie there. */
import { type ByteString, printable } from '../bytes.js';
import { type CpioRecord, directory, isDirectory, staticFile, symlink } from '../cpio/newc.js';
import { SnapdiscError } from '../errors.js';

export interface InitrdFile {
  /** In the initrd, as `initrdPath` gives it. */
  readonly target: ByteString;
  /** The real path it was taken from, without a leading slash. */
  readonly source: ByteString;
  readonly content: Buffer;
  /** The low 12 bits. */
  readonly mode: number;
}

/** What the layout of the disc tells the init: written when everything else is packed. */
export const CONFIGURATION = ['etc/live.conf', 'etc/origin.table'];

/**
 * The initrd has one folder of each kind. These links make every other name of it work, so that
 * the loaders of Debian (/lib), Fedora (/lib64) and Arch (/usr/lib) all find their libraries.
 */
export const COMPATIBILITY_LINKS: readonly CpioRecord[] = [
  symlink('usr', '.'),
  symlink('lib32', 'lib'),
  symlink('lib64', 'lib'),
];

/** Where a file whose path elsewhere is `path` lies in the initrd: `lib/x` for `/usr/lib64/x`. */
export function initrdPath(path: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else if (parts.length > 0) parts.push(part);
    else if (part === 'lib32' || part === 'lib64') parts.push('lib');
    else if (part !== 'usr') parts.push(part);
  }
  return parts.join('/');
}

/** Collects the records of an initrd: adds folders as they are needed, refuses contradictions. */
export class InitrdFiles {
  readonly #records = new Map<ByteString, CpioRecord>();
  /** Where the library from a path of a view has been put. */
  readonly #places = new Map<string, ByteString>();

  /**
   * Adds a record and the folders above it. The same contents twice are one.
   * @throws SnapdiscError `rootfs.initrd-conflict` when another file already has that name.
   */
  add(record: CpioRecord): void {
    this.#addFolders(record.name);
    const existing = this.#records.get(record.name);
    if (existing === undefined) {
      this.#records.set(record.name, record);
      return;
    }
    if (isDirectory(existing) && isDirectory(record)) return;
    if (existing.mode !== record.mode || Buffer.compare(existing.content, record.content) !== 0) {
      throw conflict(record.name);
    }
  }

  /** Adds a library; one file under two names becomes a symlink. `origin` tells views apart. */
  addLibrary(file: InitrdFile, origin: string): void {
    const key = `${origin}:${file.source}`;
    const place = this.#places.get(key);
    if (place === undefined || place === file.target) {
      this.add(staticFile(file.target, file.content, file.mode));
      this.#places.set(key, file.target);
    } else {
      this.add(symlink(file.target, `/${place}`));
    }
  }

  /** All records, folders before what is in them. */
  records(): CpioRecord[] {
    return [...this.#records.values()];
  }

  #addFolders(name: ByteString): void {
    for (let cut = name.indexOf('/'); cut > 0; cut = name.indexOf('/', cut + 1)) {
      const folder = name.slice(0, cut);
      const existing = this.#records.get(folder);
      if (existing === undefined) this.#records.set(folder, directory(folder));
      else if (!isDirectory(existing)) throw conflict(folder);
    }
  }
}

function conflict(name: ByteString): SnapdiscError {
  return new SnapdiscError(
    'rootfs.initrd-conflict',
    `Two different files want to be /${printable(name)} in the initrd.`,
    {
      hint: 'Libraries: install busybox and dmsetup both in the root filesystem. Files of --initrd-include: give one another path with FILE:PATH.',
    },
  );
}
