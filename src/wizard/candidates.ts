import { type FileHandle, lstat, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../bytes.js';
import { formatBytes } from '../cli/format.js';
import { osReleaseName } from '../distributions.js';
import { SnapdiscError } from '../errors.js';
import { isExportedContainer } from '../rootfs/container-marks.js';
import { openSource } from '../rootfs/open-source.js';
import { keepsFacts, MAX_OS_RELEASE, sourceFacts } from './source-facts.js';

/** Something in a folder that may be a root filesystem. */
export interface Candidate {
  readonly path: string;
  /** For the list of choices. */
  readonly description: string;
}

const ARCHIVE = /\.(?:tar|tar\.gz|tgz|tar\.xz|txz|tar\.zst|tzst)$/i;
/** More would not fit a screen; the user can type any path. */
const MAX_CANDIDATES = 12;
// biome-ignore lint/suspicious/noControlCharactersInRegex: names that would move the cursor
const UNPRINTABLE = /[\x00-\x1f\x7f]/;

/** What a first look may take for all archives together, in milliseconds. */
const PATIENCE_MS = 1000;

/**
 * Directories with programs and settings, and archives that are named and begin like tar archives,
 * in `folder`; unreadable ones are passed over. Until `end`, archives are read to learn what system they
 * hold, and those that hold none are left out.
 */
export async function findCandidates(
  folder: string,
  end: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
): Promise<Candidate[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !UNPRINTABLE.test(name));
  const found: Candidate[] = [];
  for (const name of names.sort()) {
    if (found.length === MAX_CANDIDATES) break;
    const candidate = await look(folder, name, end);
    if (candidate !== undefined) found.push(candidate);
  }
  return found;
}

/** The system that runs here, for root, who alone may read all of it. */
export async function runningSystem(isRoot = process.geteuid?.() === 0): Promise<Candidate[]> {
  if (!isRoot) return [];
  return [{ path: '/', description: ['this running system', ...(await systemIn('/'))].join(', ') }];
}

async function look(
  folder: string,
  name: string,
  end: AbortSignal,
): Promise<Candidate | undefined> {
  const path = join(folder, name);
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) {
    if (!(await hasRootfs(path))) return undefined;
    return { path: name, description: [`${name}/`, ...(await systemIn(path))].join(', ') };
  }
  if (!status?.isFile() || !ARCHIVE.test(name) || !(await beginsLikeArchive(path)))
    return undefined;
  const system = await systemInArchive(path, end);
  if (system === undefined) return undefined;
  return { path: name, description: [name, formatBytes(status.size), ...system].join(', ') };
}

/** What the system in an archive calls itself, as far as there is time; undefined where there is none. */
async function systemInArchive(path: string, end: AbortSignal): Promise<string[] | undefined> {
  if (end.aborted) return [];
  try {
    const source = await openSource(path, { keep: keepsFacts, signal: end });
    try {
      const { system } = await sourceFacts(source);
      const container = isExportedContainer(source.root) ? ['exported container'] : [];
      return [...(system === '' ? [] : [system]), ...container];
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!end.aborted && !(error instanceof SnapdiscError)) throw error;
    // Damaged ones and images in layers are offered: who takes one is told why that does not work.
    if (!(error instanceof SnapdiscError)) return [];
    const { code, facts } = error;
    if (code === 'source.layers') return [String(facts?.image)];
    return code === 'source.not-rootfs' ? undefined : [];
  }
}

async function hasRootfs(directory: string): Promise<boolean> {
  const isDirectory = async (name: string) =>
    (await stat(join(directory, name)).catch(() => undefined))?.isDirectory() === true;
  return (await isDirectory('etc')) && ((await isDirectory('usr')) || (await isDirectory('bin')));
}

/** What the system in a directory calls itself, if it does; its symlinks lead anywhere and are not followed. */
async function systemIn(directory: string): Promise<string[]> {
  for (const path of ['usr/lib/os-release', 'etc/os-release'].map((each) =>
    join(directory, each),
  )) {
    const status = await lstat(path).catch(() => undefined);
    if (!status?.isFile() || status.size > MAX_OS_RELEASE) continue;
    const name = osReleaseName(await readFile(path, 'latin1').catch(() => ''));
    if (name !== '') return [printable(name)];
  }
  return [];
}

async function beginsLikeArchive(path: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const start = Buffer.alloc(512);
    await file.read(start, 0, start.length, 0);
    return hasArchiveMagic(start);
  } catch {
    return false;
  } finally {
    await file?.close();
  }
}

/** ustar at 257 (POSIX.1), gzip (RFC 1952), xz, Zstandard (RFC 8878). Pure. */
export function hasArchiveMagic(start: Uint8Array): boolean {
  const hex = Buffer.from(start).toString('hex');
  const begins = ['1f8b', 'fd377a585a00', '28b52ffd'].some((magic) => hex.startsWith(magic));
  return begins || hex.startsWith(Buffer.from('ustar').toString('hex'), 257 * 2);
}
