/** What the user adds to the initrd: files (`--initrd-include`) and scripts (`--initrd-hook`). */
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { byteStringFromText } from '../bytes.js';
import { type CpioRecord, cpioNameProblem, staticFile } from '../cpio/newc.js';
import { SnapdiscError } from '../errors.js';
import { ElfError, type ElfFile, parseElf } from './elf.js';
import { CONFIGURATION, type InitrdFile, initrdPath } from './initrd-file.js';
import { type KernelArch, runsOn } from './kernel-image.js';
import { libraryClosure } from './library-closure.js';
import { hostView, type RootView } from './root-view.js';

/** A file of the machine that builds. */
export interface Include {
  readonly from: string;
  /** Absolute path in the initrd, a folder when it ends with a slash; its own path without one. */
  readonly to?: string | undefined;
}

export interface IncludedFile {
  readonly file: InitrdFile;
  /** Of a program: what its dynamic loader opens. */
  readonly libraries: readonly InitrdFile[];
  /** Where the libraries are from. */
  readonly view: RootView;
}

/**
 * Reads files of the machine that builds. A program brings its libraries along: those of the root
 * filesystem, which the other programs use too, or all from this machine when one is missing there.
 * @throws SnapdiscError `usage.initrd-include` listing all that can't be taken,
 *   `rootfs.library-missing`.
 */
export async function readIncludes(
  includes: readonly Include[],
  rootfs: RootView,
  arch: KernelArch,
): Promise<IncludedFile[]> {
  const problems: string[] = [];
  const taken: { file: InitrdFile; elf: ElfFile | undefined }[] = [];
  for (const include of includes) {
    const read = await readRegularFile(include.from, problems);
    if (read === undefined) continue;
    const source = byteStringFromText(resolve(include.from)).slice(1);
    const file = { ...read, source, target: targetOf(include) };
    const elf = programHeaders(file.content);
    const problem =
      cpioNameProblem(file.target) ??
      (CONFIGURATION.includes(file.target)
        ? `the build writes /${file.target} itself`
        : undefined) ??
      (elf && !runsOn(elf, arch) ? `it does not run on the ${arch} kernel` : undefined);
    if (problem === undefined) taken.push({ file, elf });
    else problems.push(`${include.from} (${problem})`);
  }
  if (problems.length > 0) throw notTaken('usage.initrd-include', '--initrd-include', problems);

  const files: IncludedFile[] = [];
  for (const { file, elf } of taken) {
    const none = { libraries: [], view: hostView };
    files.push({ file, ...(elf === undefined ? none : await librariesOf(file, rootfs)) });
  }
  return files;
}

function targetOf({ from, to }: Include) {
  const path = to ?? resolve(from);
  return initrdPath(byteStringFromText(path.endsWith('/') ? path + basename(from) : path));
}

const ET_EXEC = 2;
const ET_DYN = 3;

/** Of programs and libraries; other ELF files, such as kernel modules, are data like any other. */
function programHeaders(content: Buffer): ElfFile | undefined {
  try {
    const elf = parseElf(content);
    return elf.type === ET_EXEC || elf.type === ET_DYN ? elf : undefined;
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

async function librariesOf(file: InitrdFile, rootfs: RootView) {
  try {
    return { libraries: await libraryClosure(rootfs, file), view: rootfs };
  } catch (error) {
    if (!(error instanceof SnapdiscError) || error.code !== 'rootfs.library-missing') throw error;
    return { libraries: await libraryClosure(hostView, file), view: hostView };
  }
}

/**
 * Records lib/live/hooks/NN-NAME, executable, numbered in the order given.
 * @throws SnapdiscError `usage.initrd-hook` listing all scripts that can't be read.
 */
export async function readHooks(paths: readonly string[]): Promise<CpioRecord[]> {
  const problems: string[] = [];
  const hooks: CpioRecord[] = [];
  const digits = Math.max(2, String(paths.length).length);
  for (const [at, path] of paths.entries()) {
    const read = await readRegularFile(path, problems);
    if (read === undefined) continue;
    // The init runs them by name; anything unusual in a name would only make trouble there.
    const plain = basename(path).replace(/[^A-Za-z0-9_.-]/g, '_');
    const number = String(at + 1).padStart(digits, '0');
    hooks.push(staticFile(`lib/live/hooks/${number}-${plain}`, read.content, 0o755));
  }
  if (problems.length > 0) throw notTaken('usage.initrd-hook', '--initrd-hook', problems);
  return hooks;
}

async function readRegularFile(path: string, problems: string[]) {
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new Error('it is not a regular file');
    const mode = (status.mode & 0o100) === 0 ? 0o644 : 0o755;
    return { content: await readFile(path), mode };
  } catch (error) {
    problems.push(`${path} (${error instanceof Error ? error.message : String(error)})`);
    return undefined;
  }
}

function notTaken(code: `usage.${string}`, flag: string, problems: readonly string[]) {
  return new SnapdiscError(code, `${flag} can't take ${problems.join(', ')}.`, {
    hint: 'Name regular files of this machine that you may read.',
  });
}
