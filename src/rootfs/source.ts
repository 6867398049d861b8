import type { Directory, RegularFile } from './tree.js';

/** A piece of a regular file's data, as a source reads it. */
export interface FileChunk {
  readonly file: RegularFile;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Valid until the next chunk is asked for: sources use their buffers again. */
  readonly data: Uint8Array;
}

/**
 * Where a root filesystem comes from. Opening it was pass 1: the Tree is complete. Nothing is
 * unpacked; pass 2 is `read()`.
 */
export interface Source {
  /** For messages: `directory /srv/rootfs`, `tar archive rootfs.tar.xz`. */
  readonly description: string;
  readonly root: Directory;
  /** Things the user should know, full sentences: skipped entries, xattrs that could not be read. */
  readonly warnings: readonly string[];
  /** Bytes that `read()` will yield: the sum of all runs. For progress bars. */
  readonly dataBytes: number;
  /**
   * The contents of some files, holes as zeros. Asking for many at once is cheaper than one by one:
   * a compressed archive is read through again for what it did not keep.
   */
  fetch(files: readonly RegularFile[]): Promise<Map<RegularFile, Buffer>>;
  /**
   * The data of all runs of all files, each byte once, in the order that is fastest for the source.
   * @throws SnapdiscError `source.changed` when a file no longer is what pass 1 saw; of the system that
   *   runs here `changesMet` tells it.
   */
  read(): AsyncIterable<FileChunk>;
  /** What `read` met, full sentences; none where a change is a failure. */
  changesMet?(): readonly string[];
  /** Closes files, ends child processes, removes spools. May be called twice. */
  close(): Promise<void>;
}

/** Decides in pass 1 which files a compressed archive should keep in memory for `fetch`. */
export type KeepPredicate = (path: string, size: number) => boolean;

/** Is shown contents of files that go by in pass 1 of a compressed archive: reading it again for them takes long. */
export interface Onlooker {
  /** @param size bytes */
  wants(size: number): boolean;
  look(file: RegularFile, content: Buffer): void;
}
