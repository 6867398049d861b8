/**
 * Where the dynamic loader looks for libraries that no RPATH names: ld.so.conf and the folders
 * built into it. Sources: ld.so(8), ldconfig(8); musl ldso/dynlink.c (load_library).
 */
import type { ByteString } from '../bytes.js';
import { type ElfFile, EM_386, EM_X86_64 } from './elf.js';
import type { RootView } from './root-view.js';

const TRIPLETS: ReadonlyMap<number, string> = new Map([
  [EM_386, 'i386-linux-gnu'],
  [EM_X86_64, 'x86_64-linux-gnu'],
]);
const MUSL_DEFAULT = ['lib', 'usr/local/lib', 'usr/lib'];
/** More than any distribution lists. */
const MAX_DIRECTORIES = 1024;

/** Folders in the order the loader of `elf` searches them, without leading slashes. */
export async function libraryDirectories(view: RootView, elf: ElfFile): Promise<ByteString[]> {
  const interpreter = elf.interpreter?.split('/').at(-1) ?? '';
  if (interpreter.startsWith('ld-musl-')) return muslDirectories(view, interpreter);
  const triplet = TRIPLETS.get(elf.machine);
  const multiarch = triplet === undefined ? [] : [`lib/${triplet}`, `usr/lib/${triplet}`];
  const wide = elf.bits === 64 ? ['lib64', 'usr/lib64'] : ['lib32', 'usr/lib32'];
  const configured = await configuredDirectories(view, 'etc/ld.so.conf');
  return [...new Set([...configured, ...multiarch, ...wide, 'lib', 'usr/lib'])];
}

async function muslDirectories(view: RootView, interpreter: string): Promise<ByteString[]> {
  const name = `etc/${interpreter.replace(/\.so\.\d+$/, '')}.path`;
  const text = (await view.read([name])).get(name)?.toString('latin1');
  if (text === undefined) return MUSL_DEFAULT;
  return text.split(/[:\n]/).map(withoutSlashes).filter(Boolean).slice(0, MAX_DIRECTORIES);
}

async function configuredDirectories(
  view: RootView,
  path: ByteString,
  seen = new Set<ByteString>(),
): Promise<ByteString[]> {
  // Files may include one another; ldconfig would go on until it runs out of files to open.
  if (seen.has(path) || seen.size > MAX_DIRECTORIES) return [];
  seen.add(path);
  const text = (await view.read([path])).get(path)?.toString('latin1') ?? '';
  const found: ByteString[] = [];
  for (const line of text.split('\n')) {
    const words = line.replace(/#.*/, '').trim();
    if (words === '' || words.startsWith('hwcap ')) continue;
    const include = /^include\s+(.*)$/.exec(words)?.[1];
    if (include === undefined) {
      // Old files list several folders in a line, or give one a type: /lib=libc6.
      found.push(...words.split(/[\s:,]+/).map((word) => withoutSlashes(word.replace(/=.*/, ''))));
    } else {
      for (const file of await matchingFiles(view, include.trim().split(/\s+/))) {
        found.push(...(await configuredDirectories(view, file, seen)));
      }
    }
    if (found.length > MAX_DIRECTORIES) break;
  }
  return found.slice(0, MAX_DIRECTORIES);
}

/** Files matching shell patterns; wildcards in the last component, as every distribution has them. */
async function matchingFiles(view: RootView, patterns: readonly string[]): Promise<ByteString[]> {
  const found: ByteString[] = [];
  for (const pattern of patterns) {
    const path = withoutSlashes(pattern.startsWith('/') ? pattern : `etc/${pattern}`);
    const cut = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, cut));
    const matches = wildcard(path.slice(cut + 1));
    const names = await view.list(folder);
    found.push(...names.filter((name) => matches(name)).map((name) => `${folder}/${name}`));
  }
  return found.slice(0, MAX_DIRECTORIES);
}

/** A shell pattern of `*` and `?` as a test; everything else stands for itself. */
export function wildcard(pattern: string): (name: string) => boolean {
  return (name) => {
    // On a mismatch only the last `*` takes one more character: a hostile pattern stays cheap.
    let at = 0;
    let star = -1;
    let resume = 0;
    for (let index = 0; index < name.length; ) {
      if (pattern[at] === '*') {
        star = at++;
        resume = index;
      } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[index])) {
        at += 1;
        index += 1;
      } else if (star >= 0) {
        at = star + 1;
        index = ++resume;
      } else return false;
    }
    return /^\**$/.test(pattern.slice(at));
  };
}

function withoutSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
