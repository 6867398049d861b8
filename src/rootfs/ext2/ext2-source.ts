import { BLOCK_SIZE } from '../../ext2/constants.js';
import type { ReadAt } from '../../ext2/image.js';
import { notExt2 } from '../../ext2/read-superblock.js';
import { openStoredImage, type StoredImage } from '../../ext2/stored-image.js';
import { MIB } from '../../units.js';
import type { FileChunk, Source } from '../source.js';
import type { Directory, RegularFile } from '../tree.js';
import { readStoredTree, type StoredTree } from './read-tree.js';

/** Bytes read at once. */
const PIECE = MIB;

/** A root filesystem in an ext2 image, such as root.img on a disc. */
export class Ext2Source implements Source {
  readonly warnings = [];
  readonly #stored: StoredImage;
  readonly #tree: StoredTree;

  private constructor(
    stored: StoredImage,
    tree: StoredTree,
    readonly description: string,
  ) {
    this.#stored = stored;
    this.#tree = tree;
  }

  /**
   * Pass 1: reads all metadata.
   * @param size bytes of the stored image.
   * @throws SnapdiscError `image.ext2`
   */
  static async open(readStored: ReadAt, size: number, description: string): Promise<Ext2Source> {
    const stored = await openStoredImage(readStored, size);
    return new Ext2Source(stored, await readStoredTree(stored), description);
  }

  get root(): Directory {
    return this.#tree.root;
  }

  get dataBytes(): number {
    let sum = 0;
    for (const { runs } of this.#tree.extents.keys()) {
      for (const { length } of runs) sum += length;
    }
    return sum;
  }

  async fetch(files: readonly RegularFile[]): Promise<Map<RegularFile, Buffer>> {
    const contents = new Map<RegularFile, Buffer>();
    for (const file of files) {
      const content = Buffer.alloc(file.size);
      for await (const { offset, data } of this.readFile(file)) content.set(data, offset);
      contents.set(file, content);
    }
    return contents;
  }

  /** In the order of the files' first blocks: forward through the image. */
  async *read(): AsyncGenerator<FileChunk> {
    const first = (file: RegularFile) => this.#tree.extents.get(file)?.[0]?.fsBlock ?? 0;
    const files = [...this.#tree.extents.keys()].sort((a, b) => first(a) - first(b));
    for (const file of files) yield* this.readFile(file);
  }

  /**
   * The data of one file's runs, ascending.
   * @throws SnapdiscError `image.ext2` where the image is cut off
   */
  async *readFile(file: RegularFile): AsyncGenerator<FileChunk> {
    const { readAt } = this.#stored.image;
    for (const { fileBlock, fsBlock, count } of this.#tree.extents.get(file) ?? []) {
      const start = fileBlock * BLOCK_SIZE;
      const length = Math.min(count * BLOCK_SIZE, file.size - start);
      for (let done = 0; done < length; done += PIECE) {
        const wanted = Math.min(PIECE, length - done);
        const data = await readAt(fsBlock * BLOCK_SIZE + done, wanted);
        if (data.length < wanted) throw notExt2('it is cut off');
        yield { file, offset: start + done, data };
      }
    }
  }

  /** Whoever opened the image closes it. */
  async close(): Promise<void> {}
}
