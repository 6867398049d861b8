import { mkdirSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SnapdiscError } from '../errors.js';
import { busy, checkFolder, checkNotInside, outputError, partialPath } from './output-file.js';

/**
 * A directory while it is written: in `NAME.partial` beside the output, which nobody else may enter, and
 * from where it moves to its place in one step. It vanishes when anything fails.
 */
export class PartialDirectory {
  readonly #output: string;
  readonly #partial: string;

  private constructor(output: string, partial: string) {
    this.#output = output;
    this.#partial = partial;
  }

  /** @throws SnapdiscError `output.busy`, `output.failed` */
  static async create(path: string): Promise<PartialDirectory> {
    const output = resolve(path);
    const partial = partialPath(output);
    try {
      mkdirSync(partial, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw busy(partial);
      throw outputError(partial, error);
    }
    const directory = new PartialDirectory(output, partial);
    await mkdir(directory.top, { mode: 0o700 });
    return directory;
  }

  /** The directory that becomes the output. */
  get top(): string {
    return join(this.#partial, 'top');
  }

  /** A name for what is made and then moved into the tree: nothing is there. */
  get scratch(): string {
    return join(this.#partial, 'scratch');
  }

  /** Takes the output's place. */
  async finish(): Promise<void> {
    try {
      // An empty directory that was there is replaced, mode and owner included.
      await rename(this.top, this.#output);
      await rmdir(this.#partial);
    } catch (error) {
      await this.discard();
      throw outputError(this.#output, error);
    }
  }

  /** Removes everything; the output stays as it was. Never fails. */
  async discard(): Promise<void> {
    // What fails here leaves a name that nobody takes for the output, and must not hide why.
    await rm(this.#partial, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Checks, before anything is read, that a directory can be made at `path`.
 * @param sources files and directories of this machine that go into it.
 * @throws SnapdiscError `output.exists`, `output.busy`, `output.no-directory`, `output.read-only`,
 *   `output.inside-source`
 */
export async function checkOutputDirectory(
  path: string,
  sources: readonly string[] = [],
): Promise<void> {
  const output = resolve(path);
  await checkNotInside(path, await checkFolder(output), sources);
  const existing = await lstat(output).catch(() => undefined);
  const isEmpty = existing?.isDirectory() && (await readdir(output)).length === 0;
  if (existing !== undefined && !isEmpty) {
    throw new SnapdiscError('output.exists', `${path} exists and is not an empty directory.`, {
      hint: 'Choose another name: nothing is mixed with what is there.',
    });
  }
  const partial = partialPath(output);
  if ((await lstat(partial).catch(() => undefined)) !== undefined) throw busy(partial);
}
