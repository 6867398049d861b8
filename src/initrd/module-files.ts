/** The modules folder of the initrd: packed modules and our own index files for busybox's modprobe. */
import { type ByteString, printable } from '../bytes.js';
import { type CpioRecord, directory, staticFile } from '../cpio/newc.js';
import { SnapdiscError } from '../errors.js';
import { unpackEach } from './compression.js';
import type { Kernel } from './kernel.js';
import { type ModuleIndex, parseModuleIndex } from './module-index.js';
import type { ChosenModule, ModuleChoice } from './modules.js';
import type { ArchiveContents } from './packed-archive.js';
import type { RootView } from './root-view.js';

/** Reads the index that depmod wrote for `kernel`. */
export async function readModuleIndex(view: RootView, kernel: Kernel): Promise<ModuleIndex> {
  const names = {
    dep: `${kernel.modules}/modules.dep`,
    builtin: `${kernel.modules}/modules.builtin`,
    builtinModinfo: `${kernel.modules}/modules.builtin.modinfo`,
    softdep: `${kernel.modules}/modules.softdep`,
    alias: `${kernel.modules}/modules.alias`,
  };
  const contents = await view.read(Object.values(names));
  const text = (path: ByteString) => contents.get(path)?.toString('latin1') ?? '';
  return parseModuleIndex({
    dep: text(names.dep),
    builtin: text(names.builtin),
    builtinModinfo: text(names.builtinModinfo),
    softdep: text(names.softdep),
    alias: text(names.alias),
  });
}

/** What the initrd has below lib/modules/VERSION. */
export interface ModuleRecords {
  /** Our own index files for busybox's modprobe. */
  readonly index: readonly CpioRecord[];
  /** One for each group, with the modules as `GROUP/NAME.ko`. */
  readonly archives: readonly ArchiveContents[];
}

/**
 * Gathers the chosen modules: those of one group in one archive, where modprobe's index names them
 * as if they were unpacked.
 * @throws SnapdiscError `rootfs.module-missing` for files that modules.dep promises.
 */
export async function moduleRecords(
  view: RootView,
  kernel: Kernel,
  index: ModuleIndex,
  choice: ModuleChoice,
): Promise<ModuleRecords> {
  const paths = choice.modules.map(({ path }) =>
    path.startsWith('/') ? path.slice(1) : `${kernel.modules}/${path}`,
  );
  const contents = await view.read(paths);
  const missing = paths.filter((path) => !contents.has(path));
  if (missing.length > 0) throw modulesMissing(missing);

  const packed = paths.map((path) => ({ path, content: contents.get(path) ?? Buffer.alloc(0) }));
  const unpacked = await unpackEach(packed);
  const groups = new Map<string, CpioRecord[]>();
  for (const [at, module] of choice.modules.entries()) {
    const records = groups.get(module.group) ?? [directory(module.group)];
    records.push(staticFile(fileName(module), unpacked[at] ?? Buffer.alloc(0)));
    groups.set(module.group, records);
  }
  const folder = `lib/modules/${kernel.version}`;
  return {
    index: [
      staticFile(`${folder}/modules.dep`, Buffer.from(dependencyLines(choice), 'latin1')),
      staticFile(`${folder}/modules.alias`, Buffer.from(aliasLines(choice), 'latin1')),
      staticFile(`${folder}/modules.builtin`, Buffer.from(builtinLines(index), 'latin1')),
    ],
    archives: [...groups].map(([group, records]) => ({ name: `${folder}/${group}`, records })),
  };
}

function fileName({ group, name }: ChosenModule): string {
  return `${group}/${name}.ko`;
}

/** modprobe loads what a line names from its end to its start. */
function dependencyLines({ modules }: ModuleChoice): string {
  const files = new Map(modules.map((module) => [module.name, fileName(module)]));
  return modules
    .map((module) => {
      const needs = module.before.map((need) => ` ${files.get(need)}`).reverse();
      return `${fileName(module)}:${needs.join('')}\n`;
    })
    .join('');
}

function aliasLines({ aliases }: ModuleChoice): string {
  return aliases.map(({ pattern, module }) => `alias ${pattern} ${module}\n`).join('');
}

/** So that modprobe is content with what is there already. */
function builtinLines({ builtin }: ModuleIndex): string {
  return [...builtin].map((name) => `${name}.ko\n`).join('');
}

function modulesMissing(paths: readonly ByteString[]): SnapdiscError {
  return new SnapdiscError(
    'rootfs.module-missing',
    `modules.dep names modules that are not there: ${paths.map((path) => `/${printable(path)}`).join(', ')}.`,
    { hint: "Install the kernel's package again, or run depmod VERSION in the root filesystem." },
  );
}
