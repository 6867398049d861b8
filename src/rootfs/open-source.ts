import { createReadStream, type Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { SnapdiscError } from '../errors.js';
import { imageAdvice } from './container-image.js';
import { openDirectory } from './directory/open-directory.js';
import { isRunningSystem, RunningSystem } from './directory/running-system.js';
import { checkRootfs } from './looks-like-rootfs.js';
import type { KeepPredicate, Onlooker, Source } from './source.js';
import { spoolStream } from './spool.js';
import { openTar } from './tar/open-tar.js';

const SOURCES = 'Give a directory, a tar archive, or - for an archive on standard input.';

export interface OpenSourceOptions {
  /** Files that a compressed archive should keep in memory for `fetch`. */
  readonly keep?: KeepPredicate | undefined;
  /** Shown files of a compressed archive as they go by. */
  readonly onlooker?: Onlooker | undefined;
  /** What messages call an archive, instead of its path. */
  readonly name?: string | undefined;
  /** Told what takes a while or is worth knowing, full sentences. */
  readonly onNote?: ((text: string) => void) | undefined;
  /** Where standard input is spooled; the system's temporary directory unless given. */
  readonly spoolDirectory?: string | undefined;
  /** Files of this machine that do not belong to the running system: the disc that is made of it. */
  readonly own?: readonly string[] | undefined;
  /** What `-` reads: standard input unless given. */
  readonly stdin?: Readable | undefined;
  /** Ends a wait for standard input and every pass over the source, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a root filesystem: a directory, a tar archive (plain, gzip, xz or zstd, by its first bytes),
 * or `-` for an archive on standard input. Pass 1: the Tree is complete afterwards.
 * @throws SnapdiscError `source.missing`, `source.empty`, `source.not-rootfs`, `source.unsupported`
 *   and what `openDirectory` and `openTar` throw.
 */
export async function openSource(path: string, options: OpenSourceOptions = {}): Promise<Source> {
  const source = await openAny(path, options);
  try {
    checkRootfs(source.root, source.description);
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

async function openAny(path: string, options: OpenSourceOptions): Promise<Source> {
  if (path === '-') return openSpooled(standardInput(options), 'standard input', options);
  const stats = await statSource(path);
  if (stats.isDirectory()) {
    const isRunning = await isRunningSystem(path);
    const running = isRunning ? await RunningSystem.here(options.own ?? []) : undefined;
    return openDirectory(path, options.signal, running);
  }
  await checkReadable(path);
  const { keep, onlooker, name, signal } = options;
  if (stats.isFile()) return openTar(path, { keep, onlooker, name, signal });
  // What a shell's <(command) gives.
  if (stats.isFIFO()) return openSpooled(createReadStream(path), path, options);
  throw new SnapdiscError(
    'source.unsupported',
    `${path} is neither a directory nor a file, but a device or a socket.`,
    { hint: 'Mount the device read-only and give the directory.' },
  );
}

function standardInput({ stdin }: OpenSourceOptions): Readable {
  if (stdin !== undefined) return stdin;
  if (!process.stdin.isTTY) return process.stdin;
  throw new SnapdiscError('usage.stdin', 'The source is standard input, which is the terminal.', {
    hint: 'Pipe a tar archive in: tar -C ROOTFS -c . | snapdisc build - ...',
  });
}

async function openSpooled(
  input: Readable,
  name: string,
  options: OpenSourceOptions,
): Promise<Source> {
  const directory = options.spoolDirectory ?? tmpdir();
  options.onNote?.(`Spooling ${name} to a temporary file in ${directory}: it is read twice.`);
  const spool = await spoolStream(input, directory, options.signal);
  try {
    const { keep, onlooker, signal } = options;
    const source = await openTar(spool.path, { keep, onlooker, name, signal });
    const close = source.close.bind(source);
    source.close = async () => {
      await close();
      await spool.remove();
    };
    return source;
  } catch (error) {
    await spool.remove();
    throw error;
  }
}

async function statSource(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    const advice = isMissing ? imageAdvice(path) : undefined;
    throw new SnapdiscError(
      isMissing ? 'source.missing' : 'source.unreadable',
      isMissing ? `The source ${path} does not exist.` : `The source ${path}: ${code}.`,
      {
        hint: [SOURCES, ...(advice === undefined ? [] : [advice])].join(' '),
        cause: error,
      },
    );
  }
}

async function checkReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new SnapdiscError('source.unreadable', `The source ${path} may not be read.`, {
      hint: 'Run as a user who may read it, or change its mode.',
      cause: error,
    });
  }
}
