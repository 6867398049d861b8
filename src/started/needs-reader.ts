import type { Onlooker, Source } from '../rootfs/source.js';
import type { RegularFile } from '../rootfs/tree.js';
import { MIB } from '../units.js';
import { type ProgramNeeds, programNeeds } from './program-needs.js';

/** Bytes; few programs are larger, and none that a small machine should read before it has started. */
const MAX_PROGRAM = 32 * MIB;
/** Bytes that are in memory together. */
const MAX_BATCH = 64 * MIB;

/**
 * What programs and libraries of a source need, each looked at once. Of a compressed archive only pass 1 can tell, for all that
 * may be asked: give it that as an onlooker.
 */
export class NeedsReader implements Onlooker {
  /** Only such a source has anyone look on. */
  #isCompressed = false;
  /** What is neither program nor script, too. */
  readonly #seen = new Map<RegularFile, ProgramNeeds | undefined>();

  wants(size: number): boolean {
    this.#isCompressed = true;
    return size > 0 && size <= MAX_PROGRAM;
  }

  look(file: RegularFile, content: Buffer): void {
    const needs = programNeeds(content);
    // Of a compressed archive most files are data.
    if (needs !== undefined || !this.#isCompressed) this.#seen.set(file, needs);
  }

  /** Of those of `files` that are programs, libraries or scripts. */
  async read(
    source: Source,
    files: readonly RegularFile[],
  ): Promise<Map<RegularFile, ProgramNeeds>> {
    if (!this.#isCompressed)
      for (const batch of this.#unseen(files)) await this.#fetch(source, batch);
    const found = new Map<RegularFile, ProgramNeeds>();
    for (const file of files) {
      const needs = this.#seen.get(file);
      if (needs !== undefined) found.set(file, needs);
    }
    return found;
  }

  *#unseen(files: readonly RegularFile[]): Generator<RegularFile[]> {
    let batch: RegularFile[] = [];
    let bytes = 0;
    for (const file of new Set(files)) {
      if (this.#seen.has(file) || file.size === 0 || file.size > MAX_PROGRAM) continue;
      if (bytes + file.size > MAX_BATCH) {
        yield batch;
        [batch, bytes] = [[], 0];
      }
      batch.push(file);
      bytes += file.size;
    }
    yield batch;
  }

  async #fetch(source: Source, files: readonly RegularFile[]): Promise<void> {
    for (const [file, content] of await source.fetch(files)) this.look(file, content);
  }
}
