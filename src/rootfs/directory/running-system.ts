import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type ByteString, byteStringFromText, printable } from '../../bytes.js';
import { KIB, MIB } from '../../units.js';

/** Their contents belong to one start of the machine (FHS 3.0); the directories stay, empty. */
export const EMPTIED: readonly ByteString[] = ['dev', 'proc', 'run', 'sys', 'tmp', 'var/tmp'];

/** What was changed so lately, in milliseconds, will soon be changed again. */
const LATELY = 24 * 60 * 60 * 1000;
/** Such files are read at once while they are small, in bytes, and do not fill memory. */
const LARGEST_AT_ONCE = 256 * KIB;
const AT_ONCE = 64 * MIB;
/** Files that a warning names. */
const LISTED = 10;

/** Whether a path is the root directory of the system that runs here. */
export async function isRunningSystem(path: string): Promise<boolean> {
  return (await realpath(path).catch(() => path)) === '/';
}

/**
 * How the system that runs here is read: that files change meanwhile is no failure but the rule, and what
 * is this start's alone is left out.
 */
export class RunningSystem {
  readonly #leftOut: ReadonlySet<ByteString>;
  readonly #changed = new Set<ByteString>();
  readonly #since = Date.now() - LATELY;
  #heldBytes = 0;

  /** @param leftOut paths from the root, without a leading slash. */
  constructor(leftOut: Iterable<ByteString>) {
    this.#leftOut = new Set(leftOut);
  }

  /** @param own paths of this machine that a disc must not have: its own image, those made with it. */
  static async here(own: readonly string[]): Promise<RunningSystem> {
    const swaps = swapFiles(await readFile('/proc/swaps', 'utf8').catch(() => ''));
    const places = (await Promise.all(own.map(placesOf))).flat();
    return new RunningSystem([...swaps, ...places.map(byteStringFromText)].map(withoutSlash));
  }

  isLeftOut(path: ByteString): boolean {
    return this.#leftOut.has(path);
  }

  isEmptied(path: ByteString): boolean {
    return EMPTIED.includes(path);
  }

  /**
   * Whether a file's contents are read together with its name: programs replace and remove what they have
   * written lately, and so it is whole all the same.
   * @param size bytes
   */
  readsAtOnce(size: number, mtimeMs: number): boolean {
    const isQuiet = mtimeMs < this.#since;
    if (isQuiet || size > LARGEST_AT_ONCE || this.#heldBytes + size > AT_ONCE) return false;
    this.#heldBytes += size;
    return true;
  }

  /** Notes a file that is no longer what it was when its place on the disc was planned. */
  noteChange(path: ByteString): void {
    this.#changed.add(path);
  }

  /** Full sentences: what is not on the disc as it was. */
  warnings(): string[] {
    const paths = [...this.#changed].sort();
    if (paths.length === 0) return [];
    const named = paths.slice(0, LISTED).map((path) => `/${printable(path)}`);
    const more = paths.length > LISTED ? `, and ${paths.length - LISTED} more` : '';
    return [
      `Changed while they were read, and perhaps not whole on the disc: ${named.join(', ')}${more}.`,
    ];
  }
}

/**
 * The files in /proc/swaps, as the kernel writes it (mm/swapfile.c, swap_show): blanks and backslashes as
 * a backslash and three octal digits.
 */
export function swapFiles(table: string): ByteString[] {
  return table.split('\n').flatMap((line) => {
    const [, path, type] = /^(\/\S*)\s+(\S+)/.exec(line) ?? [];
    if (path === undefined || type !== 'file') return [];
    const octal = (_: string, digits: string) => String.fromCharCode(Number.parseInt(digits, 8));
    return [byteStringFromText(path).replace(/\\([0-7]{3})/g, octal)];
  });
}

function withoutSlash(path: ByteString): ByteString {
  return path.replace(/^\/+/, '');
}

/** Where a file that need not be there yet really lies; for a symlink, what it leads to as well. */
async function placesOf(path: string): Promise<string[]> {
  const folder = await realpath(dirname(path)).catch(() => dirname(resolve(path)));
  const place = join(folder, basename(path));
  const target = await realpath(path).catch(() => place);
  return [place, target];
}
