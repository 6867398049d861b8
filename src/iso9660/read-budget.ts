import { SnapdiscError } from '../errors.js';
import { ISO_BLOCK, MIB } from '../units.js';
import type { IsoExtent } from './nodes.js';

/** What a reader of untrusted images is willing to spend. */
export interface ReadLimits {
  /** Directory entries in the whole tree. Default 1,000,000. */
  readonly maxEntries?: number;
  /** Bytes of names, symlink targets and continuation areas together. Default 256 MiB. */
  readonly maxNameBytes?: number;
}

/** An area is a read of its own, however short it is. */
const AREA_OVERHEAD = 64;

/**
 * Keeps a hostile image from taking all memory or time: small images can describe huge trees by
 * using the same bytes again and again.
 */
export class ReadBudget {
  readonly #maxEntries: number;
  readonly #maxNameBytes: number;
  readonly #maxDirectoryBytes: number;
  readonly #directories = new Set<number>();
  #entries = 0;
  #nameBytes = 0;
  #directoryBytes = 0;

  constructor({ maxEntries = 1_000_000, maxNameBytes = 256 * MIB }: ReadLimits) {
    this.#maxEntries = maxEntries;
    this.#maxNameBytes = maxNameBytes;
    // No honest record is larger than a block, and no honest directory without entries either.
    this.#maxDirectoryBytes = (maxEntries + 1) * ISO_BLOCK;
  }

  /** @throws SnapdiscError `image.too-large` */
  spendEntry(nameBytes: number): void {
    this.#entries++;
    this.#nameBytes += nameBytes;
    this.#check();
  }

  /** @throws SnapdiscError `image.too-large` */
  spendArea(bytes: number): void {
    this.#nameBytes += bytes + AREA_OVERHEAD;
    this.#check();
  }

  /** @throws SnapdiscError `image.loop` for a directory seen before, `image.too-large` */
  spendDirectory({ lba, size }: IsoExtent): void {
    if (this.#directories.has(lba)) {
      throw new SnapdiscError(
        'image.loop',
        `The image is damaged: the directory at block ${lba} is in the tree twice.`,
        { hint: 'Its directories may contain each other; do not trust this image.' },
      );
    }
    this.#directories.add(lba);
    this.#directoryBytes += size;
    this.#check();
  }

  #check(): void {
    const isWithin =
      this.#entries <= this.#maxEntries &&
      this.#nameBytes <= this.#maxNameBytes &&
      this.#directoryBytes <= this.#maxDirectoryBytes;
    if (isWithin) return;
    throw new SnapdiscError(
      'image.too-large',
      `The image describes more than ${this.#maxEntries} files or ${this.#maxNameBytes} bytes of names.`,
      { hint: 'It may be damaged or hostile. The limits can be raised where readIso is called.' },
    );
  }
}
