/**
 * The two programs of the initrd: busybox and dmsetup. From the root filesystem when it has them,
 * else from the machine that builds when that one runs the same machine code.
 */
import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { appletNames, REQUIRED_APPLETS } from './applets.js';
import { ElfError, parseElf } from './elf.js';
import type { InitrdFile } from './initrd-file.js';
import { type KernelArch, runsOn } from './kernel-image.js';
import { libraryClosure } from './library-closure.js';
import { type RootView, readViewFile } from './root-view.js';

/** A program with everything its dynamic loader opens. */
export interface Program {
  readonly file: InitrdFile;
  readonly libraries: readonly InitrdFile[];
  /** Where it came from. */
  readonly view: RootView;
}

interface Wanted {
  readonly name: 'busybox' | 'dmsetup';
  readonly target: ByteString;
  /** In order of preference. */
  readonly paths: readonly ByteString[];
  readonly debianPackage: string;
}

const FOLDERS = ['bin', 'usr/bin', 'sbin', 'usr/sbin'];
const BUSYBOX: Wanted = {
  name: 'busybox',
  target: 'bin/busybox',
  // A busybox that shares its libraries with dmsetup makes the smallest initrd. Alpine and others
  // name the static build apart.
  paths: [
    ...FOLDERS.map((folder) => `${folder}/busybox`),
    ...FOLDERS.map((folder) => `${folder}/busybox.static`),
  ],
  debianPackage: 'busybox',
};
const DMSETUP: Wanted = {
  name: 'dmsetup',
  target: 'sbin/dmsetup',
  paths: FOLDERS.map((folder) => `${folder}/dmsetup`),
  debianPackage: 'dmsetup',
};

/**
 * busybox and dmsetup for a kernel of `arch`. `views` in order of preference: the root filesystem,
 * then the machine that builds.
 * @throws SnapdiscError `rootfs.busybox-missing`, `rootfs.dmsetup-missing`, `rootfs.busybox-applets`
 *   with all that this busybox lacks, `rootfs.library-missing`.
 */
export async function findPrograms(
  views: readonly RootView[],
  arch: KernelArch,
): Promise<{ busybox: Program; dmsetup: Program }> {
  const busybox = await findProgram(BUSYBOX, views, arch);
  refuseMissingApplets(busybox);
  const dmsetup = await findProgram(DMSETUP, views, arch);
  if (busybox.view === dmsetup.view || busybox.libraries.length === 0) return { busybox, dmsetup };

  // Two C libraries under one name would not work: a static busybox, or one from the same place.
  const fits = ({ view, libraries }: Program) => view === dmsetup.view || libraries.length === 0;
  const fitting = await findProgram(BUSYBOX, views, arch, fits).catch(() => undefined);
  if (fitting === undefined) {
    throw missing(DMSETUP, views, arch, [
      `/sbin/dmsetup of ${dmsetup.view.description} needs other libraries than busybox`,
    ]);
  }
  refuseMissingApplets(fitting);
  return { busybox: fitting, dmsetup };
}

async function findProgram(
  wanted: Wanted,
  views: readonly RootView[],
  arch: KernelArch,
  fits: (program: Program) => boolean = () => true,
): Promise<Program> {
  const rejected: string[] = [];
  for (const view of views) {
    for (const path of wanted.paths) {
      const found = await readViewFile(view, path);
      if (found === undefined) continue;
      const problem = programProblem(found.content, arch);
      if (problem !== undefined) {
        rejected.push(`/${printable(path)} in ${view.description} ${problem}`);
        continue;
      }
      const file = { ...found, target: wanted.target, mode: 0o755 };
      const program = { file, view, libraries: await libraryClosure(view, file) };
      if (fits(program)) return program;
    }
  }
  throw missing(wanted, views, arch, [...new Set(rejected)]);
}

/** Why a kernel of `arch` can't run this ELF file, as a clause, or undefined. */
function programProblem(content: Buffer, arch: KernelArch): string | undefined {
  try {
    return runsOn(parseElf(content), arch) ? undefined : `does not run on the ${arch} kernel`;
  } catch (error) {
    if (error instanceof ElfError) return `can't be used: ${error.message}`;
    throw error;
  }
}

function missing(
  { name, debianPackage }: Wanted,
  views: readonly RootView[],
  arch: KernelArch,
  rejected: readonly string[],
): SnapdiscError {
  const places = views.map(({ description }) => description).join(' or ');
  const reasons = rejected.length > 0 ? ` (${rejected.join('; ')})` : '';
  return new SnapdiscError(
    `rootfs.${name}-missing`,
    `No ${name} for ${arch} found in ${places}${reasons}; the live CD's start needs it.`,
    { hint: `Install the Debian package ${debianPackage} in the root filesystem.` },
  );
}

function refuseMissingApplets({ file, view }: Program): void {
  const present = new Set(appletNames(file.content));
  const lacking = REQUIRED_APPLETS.filter((applet) => !present.has(applet));
  if (lacking.length === 0) return;
  const what = present.size === 0 ? 'no applets that could be found' : `no ${lacking.join(', ')}`;
  throw new SnapdiscError(
    'rootfs.busybox-applets',
    `/${printable(file.source)} in ${view.description} has ${what}; the live CD's start needs ${lacking.length === 1 ? 'it' : 'them'}.`,
    { hint: 'Install the Debian package busybox in the root filesystem.' },
  );
}
