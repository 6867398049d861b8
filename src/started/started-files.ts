import type { ByteString } from '../bytes.js';
import type { ElfFile } from '../initrd/elf.js';
import { libraryDirectories } from '../initrd/library-paths.js';
import { type RootView, sourceView } from '../initrd/root-view.js';
import type { Source } from '../rootfs/source.js';
import { type Directory, lookup, type RegularFile, realPath, walk } from '../rootfs/tree.js';
import { MIB } from '../units.js';
import type { NeedsReader } from './needs-reader.js';
import type { ProgramNeeds } from './program-needs.js';
import { type StartedUnit, startedUnits, templateOf } from './started-units.js';
import { sysvScripts } from './sysv-scripts.js';
import { readUnitFiles } from './unit-files.js';

const COMMAND_FOLDERS = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];
/** What is there on the disc is not what a program finds there. */
const NOT_OF_THE_DISC = /^(?:dev|proc|sys|run|tmp|boot)(?:\/|$)/;

/** Bytes of one service's plugins; where there are more, a start loads few of them. */
const MAX_PLUGINS = 2 * MIB;
const MAX_PLUGIN_NAMES = 256;
/** Kinds of machines that a system has libraries for. */
const MAX_TRIPLETS = 8;
/** Scripts that run scripts: further on, words are hardly ever what a start runs. */
const MAX_SCRIPT_DEPTH = 2;
/** Libraries that one file needs by itself. */
const MAX_NEEDED = 256;
/** Loaders of one system. */
const MAX_LOADERS = 8;
/** Where one looks. */
const MAX_FOLDERS = 64;

/**
 * The files that the start of the services needs which are enabled in a root filesystem, as far as their units, scripts and
 * programs say so: nothing is run. Each unit's files together: its own, its programs with their libraries, plugins in
 * folders of its name. What else a program opens by its own code is not known.
 */
export async function startedFiles(source: Source, needs: NeedsReader): Promise<RegularFile[]> {
  const search = new Search(source, needs);
  const units = await readUnitFiles(source);
  for (const unit of startedUnits(units)) await search.addUnit(unit);
  for (const script of sysvScripts(source.root, units)) await search.addScript(script);
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
  readonly #libraryFolders: readonly ByteString[];
  readonly #folders = new Map<string, readonly ByteString[]>();
  /** How many scripts led to each file; fewer, and it is followed once more. */
  readonly #found = new Map<RegularFile, number>();
  readonly #services = new Set<ByteString>();

  constructor(source: Source, needs: NeedsReader) {
    this.#source = source;
    this.#needs = needs;
    this.#view = sourceView(source);
    this.#libraryFolders = libraryFolders(source.root);
  }

  get files(): RegularFile[] {
    return [...this.#found.keys()];
  }

  async addUnit({ name, files, words }: StartedUnit): Promise<void> {
    for (const path of files) this.#add(path, 0);
    await this.#follow(words.flatMap((word) => this.#named(word, 0)));
    if (name.endsWith('.service') && files.length > 0)
      await this.#addPlugins(templateOf(name).replace(/@?\.service$/, ''));
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
        else if (of !== undefined) next.push(...this.#ofScript(started, of));
      }
      level = next;
    }
  }

  #ofScript({ depth }: Started, { interpreters, words }: ProgramNeeds): Started[] {
    const deeper = depth + 1;
    const runBy = interpreters.flatMap((word) => this.#named(word, deeper));
    if (depth >= MAX_SCRIPT_DEPTH) return runBy;
    return [...runBy, ...words.flatMap((word) => this.#named(word, deeper))];
  }

  async #libraries(started: Started, elf: ElfFile): Promise<Started[]> {
    const { path, depth } = started;
    const folders = started.folders ?? (await this.#loaderFolders(elf));
    const origin = `/${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`;
    const own = [...elf.rpath, ...elf.runpath].map((each) =>
      each.replace(/\$(?:ORIGIN|\{ORIGIN\})/g, origin),
    );
    const found = elf.interpreter === undefined ? [] : this.#add(elf.interpreter, depth, folders);
    const searched = [...new Set([...own, ...folders])].slice(0, MAX_FOLDERS);
    for (const name of new Set(elf.needed.slice(0, MAX_NEEDED))) {
      const places = name.includes('/') ? [name] : searched.map((each) => `${each}/${name}`);
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
    // Of musl's loader the name counts, of others the machine.
    const key = `${elf.machine} ${elf.interpreter?.match(/ld-musl-[^/]*$/)?.[0]}`;
    let folders = this.#folders.get(key);
    if (folders === undefined && this.#folders.size < MAX_LOADERS)
      folders = await libraryDirectories(this.#view, elf);
    this.#folders.set(key, folders ?? []);
    return folders ?? [];
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
    if (!/^\w[\w.+-]*$/.test(service) || this.#services.has(service)) return;
    this.#services.add(service);
    for (const top of this.#libraryFolders) {
      const folder = lookup(this.#source.root, `${top}/${service}`);
      const plugins = folder?.kind === 'directory' ? pluginsIn(folder, `${top}/${service}`) : [];
      await this.#follow(plugins.flatMap((path) => this.#add(path, 0)));
    }
  }

  /** The file at `path`, unless there is none or it is known already. */
  #add(path: ByteString, depth: number, folders?: readonly ByteString[]): Started[] {
    const file = this.#fileAt(path);
    const real = file && realPath(this.#source.root, path);
    if (file === undefined || real === undefined) return [];
    const known = this.#found.get(file);
    if (NOT_OF_THE_DISC.test(real) || (known !== undefined && known <= depth)) return [];
    this.#found.set(file, depth);
    return [{ file, path: real, depth, ...(folders && { folders }) }];
  }

  #fileAt(path: ByteString): RegularFile | undefined {
    const inode = lookup(this.#source.root, path);
    return inode?.kind === 'file' ? inode : undefined;
  }
}

/** `/usr/lib` and what it has for the machine. */
function libraryFolders(root: Directory): ByteString[] {
  const top = lookup(root, 'usr/lib');
  const names = top?.kind === 'directory' ? [...top.entries.keys()].sort() : [];
  const triplets = names.filter((name) => /^[^-]+-linux-[^-]+$/.test(name)).slice(0, MAX_TRIPLETS);
  return ['usr/lib', ...triplets.map((name) => `usr/lib/${name}`)];
}

/** Paths of the files in a folder; none where there are more than a start loads. */
function pluginsIn(folder: Directory, path: ByteString): ByteString[] {
  const files: ByteString[] = [];
  let bytes = 0;
  let names = 0;
  for (const { path: each, inode } of walk(folder, path)) {
    if (inode.kind === 'file') {
      bytes += inode.size;
      files.push(each);
    }
    if (++names > MAX_PLUGIN_NAMES || bytes > MAX_PLUGINS) return [];
  }
  return files;
}
