/**
 * The libraries a program needs, found as the dynamic loader would find them but read from the
 * files themselves: ldd runs the program, which may be foreign. Source: ld.so(8), "DESCRIPTION".
 * What a program opens by dlopen is not in its headers and not found.
 */
import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { ElfError, type ElfFile, parseElf } from './elf.js';
import { type InitrdFile, initrdPath } from './initrd-file.js';
import { libraryDirectories } from './library-paths.js';
import { type RootView, readViewFile } from './root-view.js';

/** A program or library whose own needs are looked up. */
interface Loaded extends InitrdFile {
  readonly elf: ElfFile;
  /** DT_RPATH of everything that loaded it; ends where a file has DT_RUNPATH. */
  readonly inherited: readonly SearchDirectory[];
  /** Folders of ld.so.conf and the loader's defaults. */
  readonly defaults: readonly ByteString[];
}

interface SearchDirectory {
  /** Where to look in the view. */
  readonly path: ByteString;
  /** Where in the initrd a library found here is looked for by the loader. */
  readonly target: ByteString;
}

interface Wanted {
  readonly name: ByteString;
  readonly by: Loaded;
}

/** Where the loader always looks; see `COMPATIBILITY_LINKS` in initrd-file.ts. */
const LIBRARY_FOLDER = 'lib';
const MAX_LIBRARIES = 2000;

/**
 * Everything the dynamic loader opens for `program`, a file out of `view`, the loader itself
 * included, `program` not. Libraries found through RPATH or RUNPATH keep their place; all others
 * go to /lib, where every loader looks.
 * @throws SnapdiscError `rootfs.library-missing` with all that is missing and who needs it,
 *   `rootfs.program-broken` when an ELF file can't be read.
 */
export async function libraryClosure(view: RootView, program: InitrdFile): Promise<InitrdFile[]> {
  const elf = readElf(program.source, program.content, view);
  const found = new Map<ByteString, InitrdFile>();
  const missing: string[] = [];

  if (elf.interpreter !== undefined) {
    const target = initrdPath(elf.interpreter);
    const loader = await readViewFile(view, elf.interpreter);
    if (loader === undefined) missing.push(missingLine(elf.interpreter, program));
    else found.set(target, { ...loader, target, mode: 0o755 });
  }

  const defaults = elf.needed.length > 0 ? await libraryDirectories(view, elf) : [];
  let level: Loaded[] = [{ ...program, elf, inherited: [], defaults }];
  while (level.length > 0) {
    const wanted = level.flatMap((by) => by.elf.needed.map((name) => ({ name, by })));
    level = [];
    for (const { want, library } of await findAll(view, wanted)) {
      if (library === undefined) missing.push(missingLine(want.name, want.by));
      else if (!found.has(library.target)) {
        found.set(library.target, library);
        level.push(library);
      }
    }
    if (found.size > MAX_LIBRARIES) throw tooMany(program, view);
  }
  if (missing.length > 0) throw librariesMissing([...new Set(missing)], view);
  return [...found.values()].map(({ target, source, content, mode }) => ({
    target,
    source,
    content,
    mode,
  }));
}

/** Looks all of them up together, since a compressed archive is read through for each question. */
async function findAll(view: RootView, wanted: readonly Wanted[]) {
  const questions: { want: Wanted; candidates: { source: ByteString; target: ByteString }[] }[] =
    [];
  for (const want of wanted) {
    const candidates = [];
    for (const { path, target } of searchPlaces(want)) {
      const source = await view.resolve(path);
      if (source !== undefined) candidates.push({ source, target });
    }
    questions.push({ want, candidates });
  }
  const sources = questions.flatMap(({ candidates }) => candidates.map(({ source }) => source));
  const contents = await view.read([...new Set(sources)]);
  return questions.map(({ want, candidates }) => {
    for (const { source, target } of candidates) {
      const content = contents.get(source);
      const elf = content && elfFor(want.by.elf, content);
      if (content === undefined || elf === undefined) continue;
      const inherited = rpathOf(want.by);
      const { defaults } = want.by;
      return { want, library: { source, target, content, mode: 0o755, elf, inherited, defaults } };
    }
    return { want, library: undefined };
  });
}

/** The file's headers when the loader of `program` would take it, else undefined. */
function elfFor(program: ElfFile, content: Buffer): ElfFile | undefined {
  try {
    const elf = parseElf(content);
    // The loader passes over libraries of other machines, which lie in the same folders.
    return elf.bits === program.bits && elf.machine === program.machine ? elf : undefined;
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

function searchPlaces({ name, by }: Wanted): SearchDirectory[] {
  if (name.includes('/')) return [{ path: name, target: initrdPath(name) }];
  const runpath = by.elf.runpath.flatMap((path) => expand(path, by));
  const own = [...(by.elf.runpath.length > 0 ? runpath : rpathOf(by))];
  const defaults = by.defaults.map((path) => ({ path, target: LIBRARY_FOLDER }));
  return [...own, ...defaults].map(({ path, target }) => ({
    path: `${path}/${name}`,
    target: `${target}/${name}`,
  }));
}

function rpathOf(loaded: Loaded): SearchDirectory[] {
  if (loaded.elf.runpath.length > 0) return [];
  return [...loaded.elf.rpath.flatMap((path) => expand(path, loaded)), ...loaded.inherited];
}

/** `$ORIGIN` is the folder of the file itself, here and in the initrd. */
function expand(path: ByteString, { source, target }: InitrdFile): SearchDirectory[] {
  const at = (file: ByteString) => {
    const folder = file.slice(0, Math.max(0, file.lastIndexOf('/')));
    return path.replace(/\$(?:ORIGIN|\{ORIGIN\})/g, `/${folder}`);
  };
  // $LIB and $PLATFORM mean something else to every loader; nothing we take uses them.
  if (at('').includes('$')) return [];
  return [{ path: at(source), target: initrdPath(at(target)) }];
}

function readElf(path: ByteString, content: Buffer, view: RootView): ElfFile {
  try {
    return parseElf(content);
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw new SnapdiscError(
      'rootfs.program-broken',
      `/${printable(path)} in ${view.description} can't be used: ${error.message}.`,
      { hint: 'Install the package it belongs to again.', cause: error },
    );
  }
}

function missingLine(name: ByteString, by: InitrdFile): string {
  return `${printable(name)} (needed by /${printable(by.source)})`;
}

function librariesMissing(missing: readonly string[], view: RootView): SnapdiscError {
  return new SnapdiscError(
    'rootfs.library-missing',
    `Libraries of the programs in the initrd are not in ${view.description}: ${missing.join(', ')}.`,
    { hint: 'Install the packages these libraries belong to, then build again.' },
  );
}

function tooMany(program: InitrdFile, view: RootView): SnapdiscError {
  return new SnapdiscError(
    'rootfs.program-broken',
    `/${printable(program.source)} in ${view.description} needs over ${MAX_LIBRARIES} libraries.`,
    { hint: 'Such a program has no place in an initrd.' },
  );
}
