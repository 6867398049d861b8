import type { Onlooker, Source } from '../rootfs/source.js';
import type { RegularFile } from '../rootfs/tree.js';
import { MIB } from '../units.js';
import { type ProgramNeeds, programNeeds } from './program-needs.js';

/** Bytes; few programs are larger, and none that a small machine should read before it has started. */
const MAX_PROGRAM = 32 * MIB;

/** Where programs, their libraries and their scripts are, but not the kernel's. */
const PROGRAMS =
  /^(?:usr\/(?:local\/)?)?(?:s?bin|lib(?:32|64|x32|exec)?)\/(?!modules\/|firmware\/)|^etc\/|^opt\//;

/**
 * What programs and libraries of a source need. Of a compressed archive only pass 1 can tell, for all that may be
 * asked: give it that as an onlooker.
 */
export class NeedsReader implements Onlooker {
  /** Only such a source has anyone look on. */
  #isCompressed = false;
  readonly #seen = new Map<RegularFile, ProgramNeeds>();

  wants(path: string, size: number): boolean {
    this.#isCompressed = true;
    return size > 0 && size <= MAX_PROGRAM && PROGRAMS.test(path);
  }

  look(file: RegularFile, content: Buffer): void {
    const needs = programNeeds(content);
    if (needs !== undefined) this.#seen.set(file, needs);
  }

  /** Of those of `files` that are programs, libraries or scripts. */
  async read(
    source: Source,
    files: readonly RegularFile[],
  ): Promise<Map<RegularFile, ProgramNeeds>> {
    if (!this.#isCompressed) {
      const unseen = files.filter((file) => !this.#seen.has(file) && file.size <= MAX_PROGRAM);
      for (const [file, content] of await source.fetch(unseen)) this.look(file, content);
    }
    return new Map(
      files.flatMap((file) => {
        const needs = this.#seen.get(file);
        return needs === undefined ? [] : [[file, needs] as const];
      }),
    );
  }
}
