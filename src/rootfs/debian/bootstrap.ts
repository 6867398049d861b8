import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { outputError } from '../../build/output-file.js';
import type { WorkContext } from '../../build/report.js';
import { cacheFolder } from '../../cache-folder.js';
import { SnapdiscError } from '../../errors.js';
import { converse, endGroup, isInstalled, linesOf, missingTool, run } from '../../process.js';
import { type Debian, debianName } from './debian-source.js';
import {
  APT_CONFIG,
  bootstrapFailure,
  bootstrapStep,
  isCleanup,
  MMDEBSTRAP,
  mmdebstrapArguments,
} from './mmdebstrap.js';

/** Part of every key: another number makes everything anew. */
const VERSION = 1;
/** What it said last, for when it fails. */
const KEPT_LINES = 60;
/** The disc has an initrd of its own: Debian's hook for new kernels then makes none. */
const NO_INITRD = { INITRD: 'No' };

/** How this machine reaches its mirror, which mmdebstrap does not look up itself (apt.conf(5)). */
const APT_OPTIONS = [
  'Acquire::http::Proxy',
  'Acquire::https::Proxy',
  'Acquire::Check-Valid-Until',
  'Acquire::Check-Date',
];

/**
 * The path of a tar archive with this Debian: made once and kept in the user's cache, so that several
 * discs, and later builds, share it. Not to be written to.
 * @throws SnapdiscError `tool.missing`, `source.bootstrap`, `output.*`, `usage.no-cache`; the reason of the signal
 */
export async function bootstrap(
  debian: Debian,
  { reporter, signal }: WorkContext,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const folder = cacheFolder(environment);
  if (folder === undefined) {
    throw new SnapdiscError(
      'usage.no-cache',
      'There is no folder to keep a bootstrapped Debian in.',
      {
        hint: 'Set SNAPDISC_CACHE to one, or HOME.',
      },
    );
  }
  const path = join(folder, 'debian', archiveName(debian, environment.SOURCE_DATE_EPOCH));
  const made = await stat(path).catch(() => undefined);
  if (made !== undefined) {
    const day = made.mtime.toISOString().slice(0, 10);
    reporter.note(`${debianName(debian)} is that of ${day}; remove ${path} to fetch it anew.`);
    return path;
  }
  signal?.throwIfAborted();
  if (!(await isInstalled(MMDEBSTRAP.program))) throw missingTool(MMDEBSTRAP);
  await mkdir(join(folder, 'debian'), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  try {
    await makeArchive(debian, partial, { reporter, signal });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  reporter.done();
  return path;
}

/** Equal wishes have equal names. */
function archiveName(debian: Debian, epoch: string | undefined): string {
  const { suite, architecture, packages, mirror } = debian;
  const wishes = JSON.stringify([VERSION, suite, [...packages].sort(), mirror, epoch]);
  const key = createHash('sha256').update(wishes).digest('hex').slice(0, 12);
  return `${suite}-${architecture}-${key}.tar`;
}

async function makeArchive(
  debian: Debian,
  path: string,
  { reporter, signal }: WorkContext,
): Promise<void> {
  const args = mmdebstrapArguments(debian, await aptOptions());
  signal?.throwIfAborted();
  const child = converse(MMDEBSTRAP, args, { group: true, variables: NO_INITRD });
  let isCleaning = false;
  let leaveAlone = () => {};
  const stop = () => {
    // It waits for apt, which waits for the scripts of packages: all of them are told, but not rm.
    if (!isCleaning) leaveAlone = endGroup(child);
  };
  signal?.addEventListener('abort', stop);
  child.stdin?.end();
  const said: string[] = [];
  let current: string | undefined;
  const hear = async () => {
    for await (const line of linesOf(child.stderr ?? [])) {
      said.push(line);
      if (said.length > KEPT_LINES) said.shift();
      if (isCleanup(line)) {
        isCleaning = true;
        leaveAlone();
      }
      const step = bootstrapStep(line);
      if (step === undefined || step === current) continue;
      reporter.stage(`${debianName(debian)}: ${step}`);
      current = step;
    }
  };
  try {
    const keep = pipeline(child.stdout ?? [], createWriteStream(path, { flags: 'wx' }));
    // A full disk ends the pipe, and mmdebstrap with it: its own words would tell of the pipe alone.
    const [[result], kept] = await Promise.all([
      Promise.all([child, hear()]),
      keep.then(
        () => undefined,
        (error: unknown) => error,
      ),
    ]);
    signal?.throwIfAborted();
    if (kept !== undefined) throw outputError(path, kept);
    if (result.exitCode !== 0) throw bootstrapFailure(debian, said);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function aptOptions(): Promise<string[]> {
  if (!(await isInstalled(APT_CONFIG.program))) return [];
  const format = ['dump', '--format', '%v'];
  const values = await Promise.all(APT_OPTIONS.map((name) => run(APT_CONFIG, [...format, name])));
  return APT_OPTIONS.flatMap((name, index) => {
    const value = values[index]?.toString('utf8').trim() ?? '';
    return value === '' ? [] : [`${name} "${value}"`];
  });
}
