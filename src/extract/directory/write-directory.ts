import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { checkSpace, outputError } from '../../build/output-file.js';
import { PartialDirectory } from '../../build/partial-directory.js';
import type { WorkContext } from '../../build/report.js';
import { throwIfAborted } from '../../build/write-disc.js';
import { type ByteString, bytesOf } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import { run, type Tool } from '../../process.js';
import type { Source } from '../../rootfs/source.js';
import {
  type DeviceNode,
  type Directory,
  type Inode,
  type RegularFile,
  type SpecialNode,
  walk,
} from '../../rootfs/tree.js';
import { EXT2_BLOCK } from '../../units.js';
import { applyAttributes } from './apply-attributes.js';
import { Refusals } from './refusals.js';

export const MKNOD: Tool = {
  program: 'mknod',
  purpose: 'makes device nodes and fifos of extracted root filesystems',
  debianPackage: 'coreutils',
};

/**
 * Writes a source's tree into a new directory: everything as the source has it, as far as this user may.
 * No path leads through a symlink of the tree: directories are made first, names are there once, and
 * nobody else can enter before it is finished.
 * @returns what could not be set, full sentences.
 * @throws SnapdiscError `output.*`, `source.*`, `image.*`, `interrupted.signal`; then nothing is left.
 */
export async function writeDirectory(
  source: Source,
  path: string,
  context: WorkContext,
): Promise<string[]> {
  const entries = [...walk(source.root)];
  await checkSpace(path, source.dataBytes + entries.length * EXT2_BLOCK);
  const partial = await PartialDirectory.create(path);
  try {
    const writer = new TreeWriter(partial, context);
    await writer.write(source);
    await partial.finish();
    return writer.refusals.notes();
  } catch (error) {
    await partial.discard();
    throw error instanceof SnapdiscError ? error : outputError(path, error);
  }
}

class TreeWriter {
  readonly refusals = new Refusals();
  readonly #partial: PartialDirectory;
  readonly #context: WorkContext;
  /** Of every inode that is there, its first path. */
  readonly #paths = new Map<Inode, ByteString>();

  constructor(partial: PartialDirectory, context: WorkContext) {
    this.#partial = partial;
    this.#context = context;
  }

  async write(source: Source): Promise<void> {
    await this.#writeNames(source.root);
    await this.#writeData(source);
    const { signal } = this.#context;
    throwIfAborted(signal);
    await applyAttributes(this.#paths, (path) => this.#place(path), this.refusals, signal);
    throwIfAborted(signal);
  }

  /** Every name, files without their data. Modes are narrow until the end. */
  async #writeNames(root: Directory): Promise<void> {
    for (const { path, inode } of walk(root)) {
      throwIfAborted(this.#context.signal);
      const first = this.#paths.get(inode);
      if (first !== undefined) linkSync(this.#place(first), this.#place(path));
      else if (await this.#make(path, inode)) this.#paths.set(inode, path);
    }
  }

  /** @returns whether it is there now. */
  async #make(path: ByteString, inode: Inode): Promise<boolean> {
    const place = this.#place(path);
    switch (inode.kind) {
      case 'directory':
        // The top is there already.
        if (path !== '') mkdirSync(place, 0o700);
        return true;
      case 'file':
        makeFile(place, inode.size);
        return true;
      case 'symlink':
        symlinkSync(bytesOf(inode.target), place);
        return true;
      case 'socket':
        this.refusals.sockets++;
        return false;
      default:
        return this.#makeNode(place, inode);
    }
  }

  /** mknod takes names as text: the node is made under another one and moved. */
  async #makeNode(place: Buffer, node: DeviceNode | SpecialNode): Promise<boolean> {
    const { scratch } = this.#partial;
    const isDevice = node.kind === 'block' || node.kind === 'char';
    const type = isDevice
      ? [node.kind === 'block' ? 'b' : 'c', String(node.major), String(node.minor)]
      : ['p'];
    try {
      await run(MKNOD, ['-m', '600', scratch, ...type]);
    } catch (error) {
      if (!isDevice || !(error instanceof SnapdiscError) || error.code !== 'tool.failed')
        throw error;
      this.refusals.devices++;
      return false;
    }
    renameSync(scratch, place);
    return true;
  }

  async #writeData(source: Source): Promise<void> {
    let open: { readonly file: RegularFile; readonly descriptor: number } | undefined;
    try {
      for await (const { file, offset, data } of source.read()) {
        throwIfAborted(this.#context.signal);
        if (open?.file !== file) {
          const path = this.#paths.get(file);
          if (path === undefined) continue;
          if (open !== undefined) closeSync(open.descriptor);
          open = undefined;
          open = { file, descriptor: openSync(this.#place(path), 'r+') };
        }
        writeAll(open.descriptor, data, offset);
        this.#context.reporter.advance(data.length);
      }
    } finally {
      if (open !== undefined) closeSync(open.descriptor);
    }
  }

  #place(path: ByteString): Buffer {
    const top = Buffer.from(this.#partial.top);
    return path === '' ? top : Buffer.concat([top, Buffer.from('/'), bytesOf(path)]);
  }
}

/** An empty file that is all hole. */
function makeFile(place: Buffer, size: number): void {
  const descriptor = openSync(place, 'wx', 0o600);
  try {
    if (size > 0) ftruncateSync(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, data: Uint8Array, offset: number): void {
  for (let done = 0; done < data.length; ) {
    done += writeSync(descriptor, data, done, data.length - done, offset + done);
  }
}
