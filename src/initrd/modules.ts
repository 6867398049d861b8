/**
 * Which modules go into the initrd: those of modules.list and those the user names, and all that
 * these need, soft dependencies included. ext4 needs crc32c, for one, which only its softdep tells.
 */
import { SnapdiscError } from '../errors.js';
import { nearNames } from '../near-names.js';
import { wildcard } from './library-paths.js';
import type { Alias, ModuleIndex, ModuleName } from './module-index.js';
import type { ModuleList } from './module-list.js';

export interface ChosenModule {
  readonly name: ModuleName;
  /** Below the modules folder. */
  readonly path: string;
  /** The archive it lies in: that of the first line of the list that needs it. */
  readonly group: string;
  /** Everything that has to be loaded before, in that order. */
  readonly before: readonly ModuleName[];
}

export interface ModuleChoice {
  /** Sorted by name. */
  readonly modules: readonly ChosenModule[];
  /** Of the chosen modules. */
  readonly aliases: readonly Alias[];
}

/** Of modules that only the user wishes for. */
const EXTRA_GROUP = 'extra';
const PACKAGES = 'linux-image-amd64, or linux-image-686 for 32-bit machines';

/**
 * @param extra names from `--initrd-module`.
 * @throws SnapdiscError `rootfs.no-optical` for kernels without CD-ROM support,
 *   `rootfs.modules-missing` with all that the list requires and the kernel lacks,
 *   `usage.unknown-module` with names that are near.
 */
export function chooseModules(
  index: ModuleIndex,
  list: ModuleList,
  extra: readonly string[],
  kernelVersion: string,
): ModuleChoice {
  /** In the order in which they are wished for, each with its group. */
  const names = new Map<ModuleName, string>();
  const wish = (modules: readonly ModuleName[] | undefined, group: string) => {
    for (const name of modules ?? []) if (!names.has(name)) names.set(name, group);
  };
  const lacking: string[] = [];
  for (const { alternatives, optional, group } of list.wishes) {
    const found = alternatives
      .map((wanted) => providers(index, wanted, list.excluded))
      .find((modules) => modules !== undefined);
    wish(found, group);
    if (found === undefined && !optional) lacking.push(alternatives.join(' or '));
  }
  if (lacking.length > 0) throw modulesLacking(lacking, kernelVersion);

  const unknown: string[] = [];
  for (const wanted of extra) {
    const found = providers(index, wanted.replaceAll('-', '_'), new Set());
    wish(found, EXTRA_GROUP);
    if (found === undefined || (wanted.includes('*') && found.length === 0)) unknown.push(wanted);
  }
  if (unknown.length > 0) throw unknownModules(unknown, index, kernelVersion);
  return closure(index, names);
}

/**
 * The modules to load for a name, pattern or alias; `[]` when it is built in; undefined when the
 * kernel does not have it.
 */
function providers(
  index: ModuleIndex,
  wanted: string,
  excluded: ReadonlySet<string>,
): readonly ModuleName[] | undefined {
  if (wanted.includes('*') || wanted.includes('?')) {
    const matches = wildcard(wanted);
    return [...index.paths.keys()].filter((name) => matches(name) && !excluded.has(name));
  }
  if (index.paths.has(wanted)) return [wanted];
  if (index.builtin.has(wanted)) return [];
  const answering = index.byAlias.get(wanted) ?? [];
  if (answering.some((name) => index.builtin.has(name))) return [];
  const [best] = answering.filter((name) => index.paths.has(name)).sort(byGenerality(index));
  return best === undefined ? undefined : [best];
}

/** Portable implementations first: those for certain processors fail to load on others. */
function byGenerality(index: ModuleIndex): (a: ModuleName, b: ModuleName) => number {
  const cost = (name: ModuleName) => {
    if (name.endsWith('_generic')) return 0;
    const isForCertainCpus = index.aliases.some(
      ({ pattern, module }) => module === name && /^(?:cpu:|x86cpu:)/.test(pattern),
    );
    return isForCertainCpus ? 2 : 1;
  };
  return (a, b) => cost(a) - cost(b);
}

function closure(index: ModuleIndex, wanted: ReadonlyMap<ModuleName, string>): ModuleChoice {
  const chosen = new Map<ModuleName, ChosenModule>();
  for (const [wish, group] of wanted) {
    for (const name of [...loadOrder(index, wish), wish]) {
      if (chosen.has(name)) continue;
      const before = loadOrder(index, name);
      chosen.set(name, { name, group, before, path: index.paths.get(name) ?? '' });
    }
  }
  return {
    modules: [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    aliases: index.aliases.filter(({ module }) => chosen.has(module)),
  };
}

/** Everything `name` needs, each after what it needs itself; cycles are cut. */
export function loadOrder(index: ModuleIndex, name: ModuleName): ModuleName[] {
  const order: ModuleName[] = [];
  const seen = new Set([name]);
  // An explicit stack: hostile dependencies may be deeper than the call stack.
  const stack = [{ name, pending: directNeeds(index, name) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.pending.pop();
    if (next === undefined) {
      stack.pop();
      if (top.name !== name) order.push(top.name);
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ name: next, pending: directNeeds(index, next) });
    }
  }
  return order;
}

/** Loadable modules only, the one to be loaded first last, as modules.dep has them. */
function directNeeds(index: ModuleIndex, name: ModuleName): ModuleName[] {
  const hard = (index.needs.get(name) ?? []).filter((need) => index.paths.has(need));
  // Soft: a kernel without them works, or says itself what it lacks.
  const soft = (index.softNeeds.get(name) ?? []).flatMap(
    (need) => providers(index, need.replaceAll('-', '_'), new Set()) ?? [],
  );
  return [...hard, ...soft];
}

function modulesLacking(lacking: readonly string[], kernelVersion: string): SnapdiscError {
  const isOptical = lacking.some((name) => name === 'sr_mod' || name === 'isofs');
  if (isOptical) {
    return new SnapdiscError(
      'rootfs.no-optical',
      `Kernel ${kernelVersion} can't read CDs: it has no ${lacking.join(', no ')}.`,
      {
        hint: `Kernels of "cloud" flavour are built without CD-ROM drives. On Debian install ${PACKAGES} in the root filesystem.`,
      },
    );
  }
  return new SnapdiscError(
    'rootfs.modules-missing',
    `Kernel ${kernelVersion} has no ${lacking.join(', no ')}, neither as a module nor built in.`,
    { hint: `A live CD needs them. On Debian, ${PACKAGES} has them all.` },
  );
}

function unknownModules(
  unknown: readonly string[],
  index: ModuleIndex,
  kernelVersion: string,
): SnapdiscError {
  const near = unknown.flatMap((name) => nearNames(name, [...index.paths.keys()]));
  const hint =
    near.length > 0
      ? `Names like these exist: ${[...new Set(near)].join(', ')}.`
      : 'Look for the name in /lib/modules of the root filesystem.';
  return new SnapdiscError(
    'usage.unknown-module',
    `Kernel ${kernelVersion} has no module ${unknown.join(', ')} (--initrd-module).`,
    { hint },
  );
}
