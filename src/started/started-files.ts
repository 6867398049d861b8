import type { ByteString } from '../bytes.js';
import type { ElfFile } from '../initrd/elf.js';
import { libraryDirectories } from '../initrd/library-paths.js';
import { type RootView, sourceView } from '../initrd/root-view.js';
import type { Source } from '../rootfs/source.js';
import { lookup, type RegularFile, realPath, walk } from '../rootfs/tree.js';
import { MIB } from '../units.js';
import type { NeedsReader } from './needs-reader.js';
import { type StartedUnit, startedUnits } from './started-units.js';
import { sysvScripts } from './sysv-scripts.js';

const COMMAND_FOLDERS = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];
/** What is there on the disc is not what a program finds there. */
const NOT_OF_THE_DISC = /^(?:dev|proc|sys|run|tmp|boot)(?:\/|$)/;

/** Bytes of one service's plugins; where there are more, a start loads few of them. */
const MAX_PLUGINS = 2 * MIB;
/** Scripts that run scripts: further on, words are hardly ever what a start runs. */
const MAX_SCRIPT_DEPTH = 2;
/** Libraries that one file needs by itself. */
const MAX_NEEDED = 256;

/**
 * The files that the start of the services needs which are enabled in a root filesystem, as far as their units, scripts and
 * programs say so: nothing is run. Each unit's files together: its own, its programs with their libraries, plugins in
 * folders of its name. What else a program opens by its own code is not known.
 */
export async function startedFiles(source: Source, needs: NeedsReader): Promise<RegularFile[]> {
  const search = new Search(source, needs);
  for (const unit of await startedUnits(source)) await search.addUnit(unit);
  for (const script of sysvScripts(source)) await search.addScript(script);
  return search.files;
}

/** A file that is looked into for what it needs. */
interface Started {
  readonly file: RegularFile;
  /** Where it really is. */
  readonly path: ByteString;
  /** Scripts that led to it. */
  readonly depth: number;
  /** Where the loader of the program looks that this is a library of. */
  readonly folders?: readonly ByteString[];
}

class Search {
  readonly #source: Source;
  readonly #needs: NeedsReader;
  readonly #view: RootView;
  readonly #folders = new Map<string, readonly ByteString[]>();
  readonly #found = new Set<RegularFile>();

  constructor(source: Source, needs: NeedsReader) {
    this.#source = source;
    this.#needs = needs;
    this.#view = sourceView(source);
  }

  get files(): RegularFile[] {
    return [...this.#found];
  }

  async addUnit({ name, files, words }: StartedUnit): Promise<void> {
    for (const path of files) this.#add(path, 0);
    await this.#follow(words.flatMap((word) => this.#named(word, 0)));
    if (name.endsWith('.service') && files.length > 0)
      await this.#addPlugins(name.replace(/(?:@[^.]*)?\.service$/, ''));
  }

  async addScript(path: ByteString): Promise<void> {
    await this.#follow(this.#add(path, 0));
    await this.#addPlugins(path.slice(path.lastIndexOf('/') + 1));
  }

  /** All that these need, and what that needs. */
  async #follow(first: readonly Started[]): Promise<void> {
    let level = first;
    while (level.length > 0) {
      const needs = await this.#needs.read(
        this.#source,
        level.map(({ file }) => file),
      );
      const next: Started[] = [];
      for (const started of level) {
        const of = needs.get(started.file);
        if (of?.elf !== undefined) next.push(...(await this.#libraries(started, of.elf)));
        else if (of !== undefined && started.depth < MAX_SCRIPT_DEPTH)
          next.push(...of.words.flatMap((word) => this.#named(word, started.depth + 1)));
      }
      level = next;
    }
  }

  async #libraries(started: Started, elf: ElfFile): Promise<Started[]> {
    const { path, depth } = started;
    const folders = started.folders ?? (await this.#loaderFolders(elf));
    const origin = `/${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`;
    const own = [...elf.rpath, ...elf.runpath].map((each) =>
      each.replace(/\$(?:ORIGIN|\{ORIGIN\})/g, origin),
    );
    const found = elf.interpreter === undefined ? [] : this.#add(elf.interpreter, depth, folders);
    for (const name of elf.needed.slice(0, MAX_NEEDED)) {
      const places = name.includes('/')
        ? [name]
        : [...own, ...folders].map((each) => `${each}/${name}`);
      const place = await this.#firstFor(elf, places);
      if (place !== undefined) found.push(...this.#add(place, depth, folders));
    }
    return found;
  }

  /** The loader passes over libraries of other machines. */
  async #firstFor(elf: ElfFile, places: readonly ByteString[]): Promise<ByteString | undefined> {
    for (const place of places) {
      const file = this.#fileAt(place);
      if (file === undefined) continue;
      const found = (await this.#needs.read(this.#source, [file])).get(file)?.elf;
      if (found?.machine === elf.machine && found.bits === elf.bits) return place;
    }
    return undefined;
  }

  async #loaderFolders(elf: ElfFile): Promise<readonly ByteString[]> {
    const key = `${elf.machine} ${elf.interpreter}`;
    const known = this.#folders.get(key) ?? (await libraryDirectories(this.#view, elf));
    this.#folders.set(key, known);
    return known;
  }

  /** The file or the command that a word is the name of. */
  #named(word: ByteString, depth: number): Started[] {
    if (word.startsWith('/')) return this.#add(word, depth);
    if (word.includes('/')) return [];
    for (const folder of COMMAND_FOLDERS) {
      const place = `${folder}/${word}`;
      if (this.#fileAt(place) !== undefined) return this.#add(place, depth);
    }
    return [];
  }

  /** What a service loads by its settings lies in folders under its name. */
  async #addPlugins(service: ByteString): Promise<void> {
    const { root } = this.#source;
    const libraries = [
      'usr/lib',
      ...(await this.#view.list('usr/lib')).filter(isTriplet).map((name) => `usr/lib/${name}`),
    ];
    for (const top of libraries) {
      const folder = lookup(root, `${top}/${service}`);
      if (folder?.kind !== 'directory') continue;
      const files = [...walk(folder, `${top}/${service}`)].filter(
        ({ inode }) => inode.kind === 'file',
      );
      const bytes = files.reduce(
        (sum, { inode }) => sum + (inode.kind === 'file' ? inode.size : 0),
        0,
      );
      if (bytes > MAX_PLUGINS) continue;
      await this.#follow(files.flatMap(({ path }) => this.#add(path, 0)));
    }
  }

  /** The file at `path`, unless there is none or it is known already. */
  #add(path: ByteString, depth: number, folders?: readonly ByteString[]): Started[] {
    const file = this.#fileAt(path);
    const real = file && realPath(this.#source.root, path);
    if (file === undefined || real === undefined) return [];
    if (NOT_OF_THE_DISC.test(real) || this.#found.has(file)) return [];
    this.#found.add(file);
    return [{ file, path: real, depth, ...(folders && { folders }) }];
  }

  #fileAt(path: ByteString): RegularFile | undefined {
    const inode = lookup(this.#source.root, path);
    return inode?.kind === 'file' ? inode : undefined;
  }
}

function isTriplet(name: ByteString): boolean {
  return /^[^-]+-linux-[^-]+$/.test(name);
}
