import { type Directory, type RegularFile, walk } from './tree.js';

/** Every regular file of the tree whose data lies in the source, once each. */
export function storedFiles(root: Directory): Set<RegularFile> {
  const files = new Set<RegularFile>();
  for (const { inode } of walk(root)) {
    if (inode.kind === 'file' && inode.content === undefined) files.add(inode);
  }
  return files;
}

/** Bytes of all runs of `files`. */
export function sumOfRuns(files: Iterable<RegularFile>): number {
  let sum = 0;
  for (const file of files) for (const run of file.runs) sum += run.length;
  return sum;
}
