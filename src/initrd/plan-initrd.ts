/**
 * The initrd: what is in it, and its bytes. Planning reads everything from the source; packing
 * comes later, when the layout of the disc is known, which the init needs to be told.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type CpioRecord,
  charDevice,
  directory,
  isRegularFile,
  packNewc,
  staticFile,
  symlink,
} from '../cpio/newc.js';
import { roundUp } from '../units.js';
import { appletNames } from './applets.js';
import { packingsOf } from './compression.js';
import { type Include, readHooks, readIncludes } from './extras.js';
import { COMPATIBILITY_LINKS, InitrdFiles } from './initrd-file.js';
import type { Kernel } from './kernel.js';
import { moduleRecords, readModuleIndex } from './module-files.js';
import { parseModuleList } from './module-list.js';
import { chooseModules } from './modules.js';
import { PACKED_LIST, packPrograms } from './packed-programs.js';
import { findPrograms } from './programs.js';
import { hostView, type RootView } from './root-view.js';
import type { Templates } from './templates.js';

export interface InitrdOptions {
  readonly kernel: Kernel;
  readonly templates: Templates;
  /** `--initrd-module`. */
  readonly modules?: readonly string[];
  /** `--initrd-include`. */
  readonly includes?: readonly Include[];
  /** `--initrd-hook`: scripts of this machine, run in this order. */
  readonly hooks?: readonly string[];
  /** The machine that builds, for programs the root filesystem lacks. */
  readonly host?: RootView;
}

export interface InitrdPlan {
  /** Folders before what is in them; without the configuration. */
  readonly records: readonly CpioRecord[];
  /** Names of all modules in it, with underscores. */
  readonly modules: readonly string[];
  /** Full sentences for the user, such as that programs came from this machine. */
  readonly notes: readonly string[];
}

/** What only the layout of the disc tells. Files of the initrd by name, such as `etc/live.conf`. */
export type InitrdConfiguration = Readonly<Record<string, string>>;

export interface PackedInitrd {
  /** The gzip-compressed archive. */
  readonly data: Buffer;
  /** Bytes of the archive before compression. */
  readonly unpackedBytes: number;
  /** Records: files, folders, links and device nodes. */
  readonly files: number;
  /** Bytes of memory that the files fill once unpacked: each takes whole 4 KiB pages. */
  readonly unpackedPages: number;
}

const PAGE = 4096;
/** The kernel's initramfs is its first root; init mounts these and installs busybox's links. */
const FOLDERS = ['bin', 'dev', 'etc', 'lib', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp'];

/**
 * Gathers what the initrd of `options.kernel` consists of.
 * @throws SnapdiscError of the families `rootfs` and `usage`, see findPrograms, chooseModules,
 *   moduleRecords, readIncludes and readHooks.
 */
export async function planInitrd(rootfs: RootView, options: InitrdOptions): Promise<InitrdPlan> {
  const { kernel, templates, host = hostView } = options;
  const index = await readModuleIndex(rootfs, kernel);
  const list = parseModuleList(templates.moduleList);
  const choice = chooseModules(index, list, options.modules ?? [], kernel.version);
  const programs = await findPrograms([rootfs, host], kernel.arch);
  const hooks = await readHooks(options.hooks ?? []);
  const includes = await readIncludes(options.includes ?? [], rootfs, kernel.arch);
  const suffixes = packingsOf(appletNames(programs.busybox.file.content));

  const files = new InitrdFiles();
  for (const name of FOLDERS) files.add(directory(name));
  for (const link of COMPATIBILITY_LINKS) files.add(link);
  // The kernel opens the console before init runs.
  files.add(charDevice('dev/console', 5, 1, 0o600));
  files.add(charDevice('dev/null', 1, 3, 0o666));
  files.add(symlink('bin/sh', 'busybox'));
  for (const script of templates.scripts) files.add(script);
  for (const { file, libraries, view } of [programs.busybox, programs.dmsetup, ...includes]) {
    files.add(staticFile(file.target, file.content, file.mode));
    for (const library of libraries) files.addLibrary(library, view.description);
  }
  // A busybox that needs libraries itself could not unpack them.
  const canUnpack = programs.busybox.libraries.length === 0 && readsPackedList(templates);
  const packable = canUnpack ? [programs.dmsetup, ...includes] : [];
  for (const hook of hooks) files.add(hook);
  for (const record of await moduleRecords(rootfs, kernel, index, choice, suffixes)) {
    files.add(record);
  }
  return {
    records: await packPrograms(files.records(), packable, suffixes),
    modules: choice.modules.map(({ name }) => name),
    notes: [programs.busybox, programs.dmsetup]
      .filter(({ view }) => view !== rootfs)
      .map(({ file, view }) => `/${file.target} of the initrd comes from ${view.description}.`),
  };
}

/** Whether the init of these templates unpacks programs: other inits get them as they are. */
function readsPackedList({ scripts }: Templates): boolean {
  return scripts.some(({ content }) => Buffer.from(content).includes(PACKED_LIST));
}

/**
 * The initrd of a plan with its configuration.
 * @param mtime of all files, seconds since 1970.
 * @throws SnapdiscError `output.cpio`, see newcArchive.
 */
export async function packInitrd(
  plan: InitrdPlan,
  configuration: InitrdConfiguration,
  mtime: number,
): Promise<PackedInitrd> {
  const files = new InitrdFiles();
  for (const record of plan.records) files.add(record);
  for (const [name, text] of Object.entries(configuration)) {
    files.add(staticFile(name, Buffer.from(text, 'utf8')));
  }
  const records = files.records();
  const archive = await packNewc(records, mtime);
  return {
    // Node writes no file name and no time, so equal input gives equal bytes.
    data: await promisify(gzip)(archive, { level: 9 }),
    unpackedBytes: archive.byteLength,
    files: records.length,
    unpackedPages: records
      .filter(isRegularFile)
      .reduce((sum, { content }) => sum + roundUp(content.byteLength, PAGE), 0),
  };
}
