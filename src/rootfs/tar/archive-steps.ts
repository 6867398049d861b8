import type { DataRun } from '../tree.js';
import { truncated } from './corrupt.js';
import type { TarEntry } from './entry.js';

/** An entry whose data, if it has any, comes next in the archive. */
export interface LocatedEntry extends TarEntry {
  /** Where the archive stores the runs' bytes, one run after the other. */
  readonly dataPosition: number;
  readonly runs: readonly DataRun[];
}

/**
 * What the parser asks of whoever reads the archive for it. `read` wants that many bytes back,
 * fewer where the archive ends; `skip` and `data` (an entry's, padding excluded) want an answer of
 * any bytes once they were passed, undefined where the archive ends before.
 */
export type ArchiveStep =
  | { readonly op: 'read'; readonly length: number }
  | { readonly op: 'skip'; readonly length: number }
  | { readonly op: 'data'; readonly length: number; readonly entry: LocatedEntry };

/** A part of the parser: asks for steps, returns what it parsed. */
export type Steps<Result> = Generator<ArchiveStep, Result, Buffer | undefined>;

/** Where the parser stands in the archive. */
export class Cursor {
  /** Bytes from the archive's start. */
  position = 0;

  /** The next `length` bytes. @throws SnapdiscError `source.corrupt` when there are fewer. */
  *read(length: number, where: string): Steps<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    const bytes = yield { op: 'read', length };
    const got = bytes?.length ?? 0;
    if (bytes === undefined || got < length) throw truncated(this.position + got, where);
    this.position += length;
    return bytes;
  }

  /** Passes over bytes. @throws SnapdiscError `source.corrupt` when there are fewer. */
  *pass(step: Exclude<ArchiveStep, { op: 'read' }>): Steps<void> {
    if (step.length === 0) return;
    const answer = yield step;
    if (answer === undefined) {
      const range = `${this.position} to ${this.position + step.length}`;
      throw truncated(undefined, `inside the data of an entry, which goes from byte ${range}`);
    }
    this.position += step.length;
  }
}
