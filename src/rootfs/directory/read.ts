import { MIB } from '../../units.js';
import type { FileChunk } from '../source.js';
import type { RegularFile } from '../tree.js';
import { FileReader } from './file-reader.js';
import type { RunningSystem } from './running-system.js';
import type { ScannedFile } from './scan.js';

/** Bytes of the largest chunk. */
const CHUNK_BYTES = MIB;
/** What may be in flight together. Small files gain from company, large ones from one read ahead. */
const MAX_JOBS = 16;
const MAX_BYTES = 4 * MIB;

interface Job {
  readonly reader: FileReader;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads the runs of the files in chunks of up to 1 MiB. Several reads are in flight at a time, the
 * chunks come in order. Files are taken by inode number, which mostly is their order on the disk.
 * @throws SnapdiscError `source.changed`, `source.unreadable`.
 */
export async function* readFiles(
  rootPath: Buffer,
  files: ReadonlyMap<RegularFile, ScannedFile>,
  running?: RunningSystem,
): AsyncGenerator<FileChunk> {
  const jobs = planJobs(rootPath, files, running);
  const readers = new Set<FileReader>();
  const inFlight: { length: number; chunk: Promise<FileChunk> }[] = [];
  let bytes = 0;
  try {
    for (;;) {
      while (inFlight.length < MAX_JOBS && bytes < MAX_BYTES) {
        const job = jobs.next().value;
        if (job === undefined) break;
        readers.add(job.reader);
        const chunk = job.reader.read(job.offset, job.length);
        // A failure is reported when its turn comes.
        chunk.catch(() => {});
        inFlight.push({ length: job.length, chunk });
        bytes += job.length;
      }
      const first = inFlight.shift();
      if (first === undefined) return;
      const chunk = await first.chunk;
      bytes -= first.length;
      yield chunk;
      if (readers.size > 4 * MAX_JOBS) forgetOld(readers);
    }
  } finally {
    await Promise.allSettled(inFlight.map(({ chunk }) => chunk));
    for (const reader of readers) await reader.close();
  }
}

/** Readers in the order they began; all but the latest have read and closed their files. */
function forgetOld(readers: Set<FileReader>): void {
  const old = [...readers].slice(0, -MAX_JOBS);
  for (const reader of old) readers.delete(reader);
}

function* planJobs(
  rootPath: Buffer,
  files: ReadonlyMap<RegularFile, ScannedFile>,
  running: RunningSystem | undefined,
): Generator<Job, undefined> {
  const sorted = [...files].sort(([, a], [, b]) => compareIdentity(a, b));
  for (const [file, scanned] of sorted) {
    const pieces: { offset: number; length: number }[] = [];
    for (const run of file.runs) {
      for (let done = 0; done < run.length; done += CHUNK_BYTES) {
        const length = Math.min(CHUNK_BYTES, run.length - done);
        pieces.push({ offset: run.offset + done, length });
      }
    }
    const reader = new FileReader(file, scanned, rootPath, pieces.length, running);
    for (const piece of pieces) yield { reader, ...piece };
  }
}

function compareIdentity({ identity: a }: ScannedFile, { identity: b }: ScannedFile): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  if (a.inode !== b.inode) return a.inode < b.inode ? -1 : 1;
  return 0;
}
