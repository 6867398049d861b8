/**
 * The initrd: what is in it, and its bytes. Planning reads everything from the source; packing
 * comes later, when the layout of the disc is known, which the init needs to be told.
 */
import {
  type CpioRecord,
  charDevice,
  directory,
  isRegularFile,
  packNewc,
  staticFile,
  symlink,
} from '../cpio/newc.js';
import type { PackedFormat } from '../packed-root/formats.js';
import { mapInParallel } from '../parallel.js';
import { roundUp } from '../units.js';
import { appletNames, REQUIRED_APPLETS } from './applets.js';
import { type BaseCompression, chooseBaseCompression, compressBase } from './base-compression.js';
import { type PackedSuffix, packingsOf, UNPACKERS } from './compression.js';
import { type Compressor, compress } from './compressor.js';
import { type Include, type IncludedFile, readHooks, readIncludes } from './extras.js';
import { COMPATIBILITY_LINKS, InitrdFiles } from './initrd-file.js';
import type { Kernel } from './kernel.js';
import { moduleRecords, readModuleIndex } from './module-files.js';
import { parseModuleList, withRequired } from './module-list.js';
import { chooseModules } from './modules.js';
import { type ArchiveContents, packedArchive } from './packed-archive.js';
import { findPrograms, type Program } from './programs.js';
import { hostView, type RootView } from './root-view.js';
import type { Templates } from './templates.js';

export interface InitrdOptions {
  readonly kernel: Kernel;
  readonly templates: Templates;
  /** `--initrd-module`. */
  readonly modules?: readonly string[];
  /** The compressed file system that root.img is in on this disc. */
  readonly packedRoot?: PackedFormat;
  /** `--initrd-include`. */
  readonly includes?: readonly Include[];
  /** `--initrd-hook`: scripts of this machine, run in this order. */
  readonly hooks?: readonly string[];
  /** The machine that builds, for programs the root filesystem lacks. */
  readonly host?: RootView;
}

export interface InitrdPlan {
  /** What the kernel unpacks from a compressed archive; folders before what is in them. */
  readonly base: readonly CpioRecord[];
  readonly baseCompression: BaseCompression;
  /** What lies in compressed archives, the largest first: it takes the longest to compress. */
  readonly archives: readonly ArchiveContents[];
  /** What the archives may be compressed with, in order of preference. */
  readonly suffixes: readonly PackedSuffix[];
  /** Names of all modules in it, with underscores. */
  readonly modules: readonly string[];
  /** Full sentences for the user, such as that programs came from this machine. */
  readonly notes: readonly string[];
}

/** What only the layout of the disc tells. Files of the initrd by name, such as `etc/live.conf`. */
export type InitrdConfiguration = Readonly<Record<string, string>>;

/** An initrd that lacks only its configuration. */
export interface PackedInitrd {
  /**
   * The initrd. Its size depends on the lengths of the configuration's files only.
   * @throws SnapdiscError `output.cpio`, see newcArchive.
   */
  withConfiguration(configuration: InitrdConfiguration): Promise<Buffer>;
  /** The compressed archives, which lie in the initrd as they are. */
  readonly archives: readonly CpioRecord[];
  /** Records: files, folders, links and device nodes, without the configuration. */
  readonly files: number;
  /** Bytes of memory that the files fill once unpacked: each takes whole 4 KiB pages. */
  readonly unpackedPages: number;
}

const PAGE = 4096;
/** Of no use on other discs, and each script takes a page of memory. */
const PACKED_SCRIPT = 'lib/live/packed-image.sh';
/** The kernel's initramfs is its first root; init mounts these and unpacks programs to them. */
const FOLDERS = ['bin', 'dev', 'etc', 'lib', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp'];

/**
 * Gathers what the initrd of `options.kernel` consists of.
 * @throws SnapdiscError of the families `rootfs` and `usage`, see findPrograms, chooseModules,
 *   moduleRecords, readIncludes and readHooks.
 */
export async function planInitrd(rootfs: RootView, options: InitrdOptions): Promise<InitrdPlan> {
  const { kernel, templates, host = hostView } = options;
  const index = await readModuleIndex(rootfs, kernel);
  const { packedRoot } = options;
  const needed = packedRoot === undefined ? [] : [packedRoot, 'loop'];
  const list = withRequired(parseModuleList(templates.moduleList), needed);
  const choice = chooseModules(index, list, options.modules ?? [], kernel.version);
  const programs = await findPrograms([rootfs, host], kernel.arch);
  const hooks = await readHooks(options.hooks ?? []);
  const includes = await readIncludes(options.includes ?? [], rootfs, kernel.arch);
  const applets = appletNames(programs.busybox.file.content);
  const modules = await moduleRecords(rootfs, kernel, index, choice);

  const files = new InitrdFiles();
  for (const name of FOLDERS) files.add(directory(name));
  for (const link of COMPATIBILITY_LINKS) files.add(link);
  // The kernel opens the console before init runs.
  files.add(charDevice('dev/console', 5, 1, 0o600));
  files.add(charDevice('dev/null', 1, 3, 0o666));
  // Not `busybox --install`: each of its 300 links would cost memory, and the init uses 50.
  for (const applet of new Set([...REQUIRED_APPLETS, ...UNPACKERS.values()])) {
    if (applets.includes(applet)) files.add(symlink(`bin/${applet}`, 'busybox'));
  }
  const scripts = templates.scripts.filter(
    ({ name }) => packedRoot !== undefined || name !== PACKED_SCRIPT,
  );
  for (const script of [...scripts, ...hooks, ...modules.index]) files.add(script);
  addProgram(files, programs.busybox);
  const base = files.records();
  const early = new Set(base.map(({ name }) => name));

  for (const program of [programs.dmsetup, ...includes]) addProgram(files, program);
  const late = new InitrdFiles();
  for (const record of files.records()) if (!early.has(record.name)) late.add(record);
  return {
    base,
    baseCompression: await chooseBaseCompression(rootfs, kernel),
    archives: [{ name: 'lib/live/programs', records: late.records() }, ...modules.archives],
    suffixes: packingsOf(applets),
    modules: choice.modules.map(({ name }) => name),
    notes: [programs.busybox, programs.dmsetup]
      .filter(({ view }) => view !== rootfs)
      .map(({ file, view }) => `/${file.target} of the initrd comes from ${view.description}.`),
  };
}

function addProgram(files: InitrdFiles, { file, libraries, view }: Program | IncludedFile): void {
  files.add(staticFile(file.target, file.content, file.mode));
  for (const library of libraries) files.addLibrary(library, view.description);
}

/**
 * Packs a plan: an archive with the configuration and the compressed archives as they are, then a
 * compressed one with everything else. The kernel unpacks archives one after the other
 * (Documentation/driver-api/early-userspace/buffer-format.rst); the first is not compressed, so
 * that its size is known before the place of root.img is, and because it hardly would get smaller.
 * Nothing carries a time: equal contents give equal bytes.
 * @throws SnapdiscError `output.cpio`, see newcArchive.
 */
export async function packInitrd(
  plan: InitrdPlan,
  compressor: Compressor = compress,
): Promise<PackedInitrd> {
  const packBase = async () =>
    compressBase(await packNewc(plan.base, 0), plan.baseCompression, compressor);
  const [base, archives] = await Promise.all([
    packBase(),
    mapInParallel(plan.archives, (contents) => packedArchive(contents, plan.suffixes, compressor)),
  ]);
  const all = new InitrdFiles();
  for (const record of [...plan.base, ...archives]) all.add(record);
  const records = all.records();
  return {
    archives,
    withConfiguration: configurator(archives, base),
    files: records.length,
    unpackedPages: records
      .filter(isRegularFile)
      .reduce((sum, { content }) => sum + roundUp(content.byteLength, PAGE), 0),
  };
}

/** On its own, so that the plan, with 50 MB of files as they were, is not kept for what it returns. */
function configurator(
  archives: readonly CpioRecord[],
  base: Buffer,
): PackedInitrd['withConfiguration'] {
  return async (configuration) => {
    const files = new InitrdFiles();
    for (const [name, text] of Object.entries(configuration)) {
      files.add(staticFile(name, Buffer.from(text, 'utf8')));
    }
    for (const archive of archives) files.add(archive);
    return Buffer.concat([await packNewc(files.records(), 0), base]);
  };
}
