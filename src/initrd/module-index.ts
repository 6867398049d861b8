/**
 * What depmod wrote about a kernel's modules. Sources: depmod(8), modules.dep(5), modprobe.d(5);
 * Linux Documentation/kbuild/kbuild.rst ("modules.builtin"). Names are compared with `_` for `-`,
 * as the kernel does.
 */

/** A module's name with underscores: `dm_mod`. */
export type ModuleName = string;

export interface ModuleIndex {
  /** Path below the modules folder, by name: `kernel/drivers/md/dm-mod.ko`. */
  readonly paths: ReadonlyMap<ModuleName, string>;
  /** modules.dep: what each module needs, directly or not. */
  readonly needs: ReadonlyMap<ModuleName, readonly ModuleName[]>;
  readonly builtin: ReadonlySet<ModuleName>;
  /** modules.softdep, `pre` only: names or aliases to load before. */
  readonly softNeeds: ReadonlyMap<ModuleName, readonly string[]>;
  /** modules.alias, in its order. */
  readonly aliases: readonly Alias[];
  /** Exact aliases, of loadable and built-in modules. */
  readonly byAlias: ReadonlyMap<string, readonly ModuleName[]>;
}

export interface Alias {
  /** A name or a shell pattern, such as `fs-ext4` or `pci:v00008086d*`. */
  readonly pattern: string;
  readonly module: ModuleName;
}

/** Contents of the files in the modules folder; all but `dep` may be missing. */
export interface ModuleIndexFiles {
  readonly dep: string;
  readonly builtin: string;
  readonly builtinModinfo: string;
  readonly softdep: string;
  readonly alias: string;
}

/** `dm_mod` for `kernel/drivers/md/dm-mod.ko.xz`. */
export function moduleName(path: string): ModuleName {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(?:\.\w+)?$/, '').replaceAll('-', '_');
}

/** Pure; lines that make no sense are passed over, as modprobe does. */
export function parseModuleIndex(files: ModuleIndexFiles): ModuleIndex {
  const aliases = [...parseAliases(files.alias)];
  const byAlias = new Map<string, ModuleName[]>();
  for (const { pattern, module } of [...parseModinfoAliases(files.builtinModinfo), ...aliases]) {
    const key = pattern.replaceAll('-', '_');
    const modules = byAlias.get(key);
    if (modules === undefined) byAlias.set(key, [module]);
    else modules.push(module);
  }
  return {
    ...parseDependencies(files.dep),
    builtin: new Set(lines(files.builtin).map(moduleName)),
    softNeeds: parseSoftDependencies(files.softdep),
    aliases,
    byAlias,
  };
}

function parseDependencies(text: string): Pick<ModuleIndex, 'paths' | 'needs'> {
  const paths = new Map<ModuleName, string>();
  const needs = new Map<ModuleName, ModuleName[]>();
  for (const line of lines(text)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const path = line.slice(0, colon);
    const name = moduleName(path);
    paths.set(name, path);
    needs.set(name, words(line.slice(colon + 1)).map(moduleName));
  }
  return { paths, needs };
}

/** `softdep NAME pre: A B post: C`. */
function parseSoftDependencies(text: string): Map<ModuleName, string[]> {
  const found = new Map<ModuleName, string[]>();
  for (const line of lines(text)) {
    const [keyword, name, ...rest] = words(line);
    if (keyword !== 'softdep' || name === undefined) continue;
    const key = name.replaceAll('-', '_');
    const before = found.get(key) ?? [];
    let isBefore = false;
    for (const word of rest) {
      if (word.endsWith(':')) isBefore = word === 'pre:';
      else if (isBefore) before.push(word);
    }
    found.set(key, before);
  }
  return found;
}

function* parseAliases(text: string): Generator<Alias> {
  for (const line of lines(text)) {
    const [keyword, pattern, module] = words(line);
    if (keyword !== 'alias' || pattern === undefined || module === undefined) continue;
    yield { pattern, module: module.replaceAll('-', '_') };
  }
}

/** `NAME.alias=PATTERN` between NULs: what modules that are built in would answer to. */
function* parseModinfoAliases(text: string): Generator<Alias> {
  for (const entry of text.split('\0')) {
    const [, module, pattern] = /^([^.=]+)\.alias=(.+)$/s.exec(entry) ?? [];
    if (module === undefined || pattern === undefined) continue;
    yield { pattern, module: module.replaceAll('-', '_') };
  }
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
