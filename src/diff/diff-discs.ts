import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { type LiveDisc, openLiveDisc } from '../extract/live-disc.js';
import { readFileData, type VolumeFile } from '../iso9660/index.js';
import { Ext2Source } from '../rootfs/ext2/ext2-source.js';
import type { RegularFile } from '../rootfs/tree.js';
import {
  type ComparedNode,
  type ComparedTree,
  type CompareOptions,
  compareTrees,
  type Difference,
} from './compare-trees.js';
import { type ContentPiece, contentDigest } from './content-digest.js';

export interface DiscDifferences {
  /** Of the disc's own files. */
  readonly disc: readonly Difference[];
  /** Of the files in root.img. */
  readonly root: readonly Difference[];
}

/**
 * Compares two discs: their files, and the files of their root filesystems, contents included.
 * @throws SnapdiscError `image.*`, `interrupted.signal`
 */
export async function diffDiscs(
  paths: readonly [before: string, after: string],
  options: CompareOptions,
  context: WorkContext,
): Promise<DiscDifferences> {
  const discs: LiveDisc[] = [];
  try {
    for (const path of paths) discs.push(await openLiveDisc(path));
    const [before, after] = discs;
    if (before === undefined || after === undefined) throw new Error('two discs are compared');
    context.reporter.stage('Comparing the discs');
    const disc = await collect(
      compareTrees(discTree(before, context), discTree(after, context), options),
    );
    const old = await rootSource(before, paths[0], context);
    const young = await rootSource(after, paths[1], context);
    context.reporter.stage('Comparing the root filesystems', old.dataBytes + young.dataBytes);
    const root = await collect(
      compareTrees(rootTree(old, context), rootTree(young, context), options),
    );
    return { disc, root };
  } finally {
    for (const disc of discs) await disc.close();
    context.reporter.done();
  }
}

async function rootSource(disc: LiveDisc, path: string, context: WorkContext): Promise<Ext2Source> {
  const { readStored, size } = await disc.root(context);
  return Ext2Source.open(readStored, size, `disc ${path}`);
}

function discTree({ volume, readAt }: LiveDisc, context: WorkContext): ComparedTree {
  async function* pieces(file: VolumeFile): AsyncGenerator<ContentPiece> {
    let offset = 0;
    for await (const data of readFileData(readAt, file)) {
      yield { offset, data };
      offset += data.length;
    }
  }
  // All files of this tree are its own.
  const digest = (file: ComparedNode) => countedDigest(pieces(file as VolumeFile), context);
  return { root: volume.root, digest };
}

function rootTree(source: Ext2Source, context: WorkContext): ComparedTree {
  // A file with several names is read once.
  const known = new Map<ComparedNode, Promise<string>>();
  const digest = (file: ComparedNode) => {
    const read = () => countedDigest(source.readFile(file as RegularFile), context);
    const found = known.get(file) ?? read();
    known.set(file, found);
    return found;
  };
  return { root: source.root, digest };
}

function countedDigest(
  pieces: AsyncIterable<ContentPiece>,
  { reporter, signal }: WorkContext,
): Promise<string> {
  async function* counted() {
    for await (const piece of pieces) {
      throwIfAborted(signal);
      reporter.advance(piece.data.length);
      yield piece;
    }
  }
  return contentDigest(counted());
}

async function collect(differences: AsyncIterable<Difference>): Promise<Difference[]> {
  const all: Difference[] = [];
  for await (const difference of differences) all.push(difference);
  return all;
}
