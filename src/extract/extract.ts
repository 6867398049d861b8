import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { INITRD_PATH, KERNEL_PATH } from '../build/disc-paths.js';
import { checkOutput } from '../build/output-file.js';
import { checkOutputDirectory } from '../build/partial-directory.js';
import type { WorkContext } from '../build/report.js';
import { SnapdiscError } from '../errors.js';
import { readFileData } from '../iso9660/index.js';
import { Ext2Source } from '../rootfs/ext2/ext2-source.js';
import { walk } from '../rootfs/tree.js';
import { writeDirectory } from './directory/write-directory.js';
import { type LiveDisc, openLiveDisc } from './live-disc.js';
import { writeRootImage } from './root-image.js';
import { tarBytes } from './tar/tar-bytes.js';
import { writeToFile, writeToStream } from './write-stream.js';

/** A file of this machine; a stream is standard output, for one of a request. */
export type FileTarget = string | Writable;

/** What is wanted of a disc: paths of this machine, each undefined where it is not. */
export interface ExtractRequest {
  readonly disc: string;
  /** The root filesystem, as files. */
  readonly directory?: string | undefined;
  /** The root filesystem, as an archive. */
  readonly tar?: FileTarget | undefined;
  /** The root filesystem, as an image that mounts. */
  readonly rootImage?: string | undefined;
  readonly initrd?: FileTarget | undefined;
  readonly kernel?: FileTarget | undefined;
  /** Files may be replaced; directories never are. */
  readonly force: boolean;
}

/**
 * Takes apart a disc that snapdisc built, or one that nobody knows: nothing it says is believed.
 * @returns what could not be kept, full sentences.
 * @throws SnapdiscError `image.*`, `output.*`, `usage.same-output`, `interrupted.signal`
 */
export async function extract(request: ExtractRequest, context: WorkContext): Promise<string[]> {
  await checkOutputs(request);
  context.reporter.stage('Reading the disc');
  const disc = await openLiveDisc(request.disc);
  try {
    const notes = await extractRoot(disc, request, context);
    await extractFile(disc, KERNEL_PATH, request.kernel, context);
    await extractFile(disc, INITRD_PATH, request.initrd, context);
    return notes;
  } finally {
    await disc.close();
    context.reporter.done();
  }
}

async function extractRoot(
  disc: LiveDisc,
  { directory, tar, rootImage, disc: path }: ExtractRequest,
  context: WorkContext,
): Promise<string[]> {
  const notes: string[] = [];
  if (directory !== undefined || tar !== undefined) {
    const { readStored, size } = await disc.root(context);
    const source = await Ext2Source.open(readStored, size, `disc ${path}`);
    if (directory !== undefined) {
      context.reporter.stage(`Writing ${directory}`, source.dataBytes);
      notes.push(...(await writeDirectory(source, directory, context)));
    }
    if (tar !== undefined) notes.push(...(await writeTar(source, tar, context)));
  }
  if (rootImage !== undefined) await writeRootImage(await disc.root(context), rootImage, context);
  return notes;
}

async function writeTar(
  source: Ext2Source,
  tar: FileTarget,
  context: WorkContext,
): Promise<string[]> {
  context.reporter.stage('Writing the archive', source.dataBytes);
  const pieces = tarBytes(source.root, (file) => source.readFile(file));
  await writePieces(pieces, tar, context);
  let sockets = 0;
  for (const { inode } of walk(source.root)) if (inode.kind === 'socket') sockets++;
  return sockets === 0 ? [] : [`Archives hold no sockets: left out ${sockets}.`];
}

async function extractFile(
  disc: LiveDisc,
  path: string,
  output: FileTarget | undefined,
  context: WorkContext,
): Promise<void> {
  if (output === undefined) return;
  const file = disc.file(path);
  const where = typeof output === 'string' ? output : 'to standard output';
  context.reporter.stage(`Writing ${where}`, file.size);
  await writePieces(readFileData(disc.readAt, file), output, context);
}

function writePieces(
  pieces: AsyncIterable<Uint8Array>,
  target: FileTarget,
  context: WorkContext,
): Promise<void> {
  if (typeof target === 'string') return writeToFile(pieces, target, context);
  return writeToStream(pieces, target, context);
}

/** All outputs, before anything is read; all that is wrong with them at once. */
async function checkOutputs({ disc, force, ...wanted }: ExtractRequest): Promise<void> {
  const { directory, tar, rootImage, initrd, kernel } = wanted;
  const files = [tar, rootImage, initrd, kernel].filter((path) => typeof path === 'string');
  const all = [...files, ...(directory === undefined ? [] : [directory])].map((path) =>
    resolve(path),
  );
  if (new Set(all).size < all.length) {
    throw new SnapdiscError('usage.same-output', 'Two outputs have the same path.', {
      hint: 'Give each its own.',
    });
  }
  const checks = [
    ...files.map((path) => checkOutput(path, [disc], force)),
    ...(directory === undefined ? [] : [checkOutputDirectory(directory)]),
  ];
  const failures = (await Promise.allSettled(checks)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1 || !(first instanceof SnapdiscError)) throw first;
  const messages = failures.map((failure) =>
    failure instanceof Error ? failure.message : failure,
  );
  const hint = first.hint === undefined ? {} : { hint: first.hint };
  throw new SnapdiscError(first.code, messages.join('\n'), hint);
}
