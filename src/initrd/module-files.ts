/** The modules folder of the initrd: packed modules and our own index files for busybox's modprobe. */
import { type ByteString, printable } from '../bytes.js';
import { type CpioRecord, staticFile } from '../cpio/newc.js';
import { SnapdiscError } from '../errors.js';
import { type PackedSuffix, packEach } from './compression.js';
import type { Kernel } from './kernel.js';
import { type ModuleIndex, parseModuleIndex } from './module-index.js';
import type { ModuleChoice } from './modules.js';
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

/**
 * Records for lib/modules/VERSION: `NAME.ko.xz` side by side and the index files.
 * @throws SnapdiscError `rootfs.module-missing` for files that modules.dep promises.
 */
export async function moduleRecords(
  view: RootView,
  kernel: Kernel,
  index: ModuleIndex,
  choice: ModuleChoice,
  suffixes: readonly PackedSuffix[],
): Promise<CpioRecord[]> {
  const paths = choice.modules.map(({ path }) =>
    path.startsWith('/') ? path.slice(1) : `${kernel.modules}/${path}`,
  );
  const contents = await view.read(paths);
  const missing = paths.filter((path) => !contents.has(path));
  if (missing.length > 0) throw modulesMissing(missing);

  const unpacked = paths.map((path) => ({ path, content: contents.get(path) ?? Buffer.alloc(0) }));
  const packed = await packEach(unpacked, suffixes);
  const folder = `lib/modules/${kernel.version}`;
  const fileName = (name: string) => `${name}.ko${packed.suffix}`;
  return [
    ...choice.modules.map(({ name }, at) =>
      staticFile(`${folder}/${fileName(name)}`, packed.contents[at] ?? Buffer.alloc(0)),
    ),
    staticFile(`${folder}/modules.dep`, Buffer.from(dependencyLines(choice, fileName), 'latin1')),
    staticFile(`${folder}/modules.alias`, Buffer.from(aliasLines(choice), 'latin1')),
    staticFile(`${folder}/modules.builtin`, Buffer.from(builtinLines(index), 'latin1')),
  ];
}

/** modprobe loads what a line names from its end to its start. */
function dependencyLines({ modules }: ModuleChoice, fileName: (name: string) => string): string {
  return modules
    .map(({ name, before }) => {
      const needs = before.map((need) => ` ${fileName(need)}`).reverse();
      return `${fileName(name)}:${needs.join('')}\n`;
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
