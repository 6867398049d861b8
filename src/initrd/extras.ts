/** What the user adds to the initrd: files (`--initrd-include`) and scripts (`--initrd-hook`). */
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { byteStringFromText } from '../bytes.js';
import { type CpioRecord, staticFile } from '../cpio/newc.js';
import { SnapdiscError } from '../errors.js';
import { isElf } from './elf.js';
import { type InitrdFile, initrdPath } from './initrd-file.js';
import { libraryClosure } from './library-closure.js';
import { hostView, type RootView } from './root-view.js';

/** A file of the machine that builds. */
export interface Include {
  readonly from: string;
  /** Absolute path in the initrd; its own path without one. */
  readonly to?: string | undefined;
}

export interface IncludedFile {
  readonly file: InitrdFile;
  /** Of a program: what its dynamic loader opens. */
  readonly libraries: readonly InitrdFile[];
  readonly view: RootView;
}

/**
 * Reads files of the machine that builds. A program brings its libraries along: those of the root
 * filesystem, which the other programs use too, or all from this machine when one is missing there.
 * @throws SnapdiscError `usage.initrd-include` listing all files that can't be read.
 */
export async function readIncludes(
  includes: readonly Include[],
  rootfs: RootView,
): Promise<IncludedFile[]> {
  const read = await readAll(
    includes.map(({ from }) => from),
    '--initrd-include',
  );
  const files: IncludedFile[] = [];
  for (const [at, { from, to }] of includes.entries()) {
    const host = read[at];
    if (host === undefined) continue;
    const path = to ?? resolve(from);
    const target = initrdPath(
      byteStringFromText(path.endsWith('/') ? path + basename(from) : path),
    );
    const source = byteStringFromText(resolve(from)).slice(1);
    const file = { target, source, content: host.content, mode: host.mode };
    if (!isElf(host.content)) files.push({ file, libraries: [], view: hostView });
    else files.push({ file, ...(await librariesOf(file, rootfs)) });
  }
  return files;
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
  const read = await readAll(paths, '--initrd-hook');
  return read.map(({ content, name }, at) => {
    const number = String(at + 1).padStart(2, '0');
    // The init runs them by name; anything unusual in a name would only make trouble there.
    const plain = name.replace(/[^\w.-]/g, '_');
    return staticFile(`lib/live/hooks/${number}-${plain}`, content, 0o755);
  });
}

async function readAll(paths: readonly string[], flag: '--initrd-include' | '--initrd-hook') {
  const files: { name: string; content: Buffer; mode: number }[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    try {
      const status = await stat(path);
      if (!status.isFile()) throw new Error('it is not a regular file');
      const mode = (status.mode & 0o100) === 0 ? 0o644 : 0o755;
      files.push({ name: basename(path), content: await readFile(path), mode });
    } catch (error) {
      problems.push(`${path} (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  if (problems.length === 0) return files;
  const code = flag === '--initrd-hook' ? 'usage.initrd-hook' : 'usage.initrd-include';
  throw new SnapdiscError(code, `${flag} can't read ${problems.join(', ')}.`, {
    hint: 'Name regular files of this machine that you may read.',
  });
}
