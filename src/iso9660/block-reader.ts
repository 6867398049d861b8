import { SnapdiscError } from '../errors.js';
import { type Block2048, ISO_BLOCK } from '../units.js';

/**
 * Gives `length` bytes from byte `offset` of the image on, fewer only where the image ends.
 */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** An image whose structures contradict each other or the standard. */
export function corruptImage(what: string): SnapdiscError {
  return new SnapdiscError('image.corrupt', `The image is damaged: ${what}`, {
    hint: "Compare its checksum with the publisher's, and download or copy it again.",
  });
}

/** An image that may be fine but uses what this reader does not know. */
export function unsupportedImage(what: string): SnapdiscError {
  return new SnapdiscError('image.unsupported', `The image cannot be read: ${what}`, {
    hint: 'xorriso or the system that made it may read it.',
  });
}

/** Reads whole blocks, checks addresses against the volume's size, and keeps the last block. */
export class BlockReader {
  readonly #readAt: ReadAt;
  #totalBlocks = Number.MAX_SAFE_INTEGER;
  #cached: { readonly lba: Block2048; readonly data: Buffer } | undefined;

  constructor(readAt: ReadAt) {
    this.#readAt = readAt;
  }

  /** From now on addresses must lie within `totalBlocks`. */
  confineTo(totalBlocks: Block2048): void {
    this.#totalBlocks = totalBlocks;
  }

  /**
   * `count` blocks from `lba` on.
   * @throws SnapdiscError `image.corrupt` outside the volume, `image.truncated` after the file's end.
   */
  async blocks(lba: Block2048, count: Block2048): Promise<Buffer> {
    this.checkRange(lba, count * ISO_BLOCK, 'A structure');
    const length = count * ISO_BLOCK;
    const data = await this.#readAt(lba * ISO_BLOCK, length);
    if (data.length < length) {
      throw new SnapdiscError(
        'image.truncated',
        `The image ends before its block ${lba + count}.`,
        {
          hint: 'The download or copy is incomplete: make it again.',
        },
      );
    }
    return Buffer.from(data.buffer, data.byteOffset, length);
  }

  /** One block; asking for the same one again reads nothing. Do not change what it returns. */
  async block(lba: Block2048): Promise<Buffer> {
    if (this.#cached?.lba !== lba) this.#cached = { lba, data: await this.blocks(lba, 1) };
    return this.#cached.data;
  }

  /** @throws SnapdiscError `image.corrupt` where `size` bytes from `lba` on leave the volume. */
  checkRange(lba: Block2048, size: number, what: string): void {
    if (lba + Math.ceil(size / ISO_BLOCK) <= this.#totalBlocks) return;
    throw corruptImage(
      `${what} of ${size} bytes at block ${lba} leaves the volume of ${this.#totalBlocks} blocks.`,
    );
  }
}
