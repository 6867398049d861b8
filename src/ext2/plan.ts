import type { Directory, RegularFile } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { contentPieces } from './content-pieces.js';
import { chooseGeometry } from './geometry.js';
import { GroupMap } from './group-map.js';
import { groupPieces } from './group-pieces.js';
import { takeInventory } from './inventory.js';
import { numberInodes } from './numbering.js';
import { checkOptions, type Ext2Options } from './options.js';
import { encodeTemplates, type OriginSegment, originSegments } from './origin.js';
import { layOutContent } from './placement.js';
import { figuresOf, type MetadataPiece, type PlanParts, usedInodes } from './plan-parts.js';

/** Consecutive blocks of a file in the stored image. */
export interface StoredExtent {
  readonly fileBlock: Block4096;
  readonly storedBlock: Block4096;
  readonly count: Block4096;
}

/**
 * Plans the ext2 image of `root`: the place of every block is known, nothing is encoded yet. The
 * tree must not change while the plan is in use.
 * @throws SnapdiscError `source.*` for what ext2 cannot hold, all of it at once; `usage.label`,
 *   `usage.headroom`.
 */
export function planExt2(root: Directory, options: Ext2Options): Ext2Plan {
  checkOptions(options);
  const { hot = [], placement = [], ...kept } = options;
  const wanted = { hot, next: placement };
  const inventory = takeInventory(root, options.created);
  const numbered = numberInodes(inventory, wanted);
  const layout = layOutContent(inventory, wanted);
  const geometry = chooseGeometry({
    contentBlocks: layout.blockCount,
    inodes: usedInodes({ numbered }),
    headroomBytes: options.headroomBytes,
  });
  const map = new GroupMap(geometry, layout.blockCount);
  const templates = encodeTemplates(geometry);
  return new Ext2Plan({ options: kept, inventory, numbered, layout, geometry, map, templates });
}

/** A planned image: its figures, where file data goes, and the metadata, made on demand. */
export class Ext2Plan {
  /** The image proper, and behind it the template blocks. */
  readonly storedBlocks: Block4096;
  /** The image proper. */
  readonly imageBlocks: Block4096;
  /** What is hot lies before this block of the image, with the metadata before it; 0 when nothing is. */
  readonly hotBlocks: Block4096;
  /** The same for what of it is no file data; all of it is read through the device's own cache. */
  readonly hotMetadataBlocks: Block4096;
  /** The filesystem, headroom included. */
  readonly totalBlocks: Block4096;
  readonly blocksPerGroup: Block4096;
  readonly inodesPerGroup: number;
  readonly groupCount: number;
  readonly inodeCount: number;
  readonly freeInodes: number;
  readonly freeBlocks: Block4096;
  /** Those of the free blocks that are in the image all the same. */
  readonly storedFreeBlocks: Block4096;
  /** How the filesystem is put together from what is stored. */
  readonly originSegments: readonly OriginSegment[];
  readonly #parts: PlanParts;

  constructor(parts: PlanParts) {
    const { geometry, layout, map, templates } = parts;
    const figures = figuresOf(parts);
    this.#parts = parts;
    this.imageBlocks = map.imageBlocks;
    const endOf = (count: Block4096) =>
      layout.hotBlockCount === 0 || count === 0 ? 0 : map.locateBlock(count - 1).storedBlock + 1;
    this.hotMetadataBlocks = endOf(layout.hotMetadataCount);
    this.hotBlocks = endOf(layout.hotBlockCount);
    this.storedBlocks = map.imageBlocks + templates.length;
    this.totalBlocks = geometry.totalBlocks;
    this.blocksPerGroup = geometry.blocksPerGroup;
    this.inodesPerGroup = geometry.inodesPerGroup;
    this.groupCount = geometry.groupCount;
    this.inodeCount = figures.inodeCount;
    this.freeInodes = figures.freeInodes;
    this.freeBlocks = figures.freeBlocks;
    this.storedFreeBlocks = figures.storedFreeBlocks;
    this.originSegments = originSegments(geometry, map);
  }

  /**
   * Where the stored data of a file goes, ascending by file block. Bytes of these blocks that no run
   * of the file covers are zero.
   * @throws RangeError for a file that is not in the planned tree.
   */
  dataExtents(file: RegularFile): readonly StoredExtent[] {
    const { inventory, layout, map } = this.#parts;
    const planned = inventory.planned.get(file);
    if (planned === undefined) throw new RangeError('the file is not in the planned tree');
    const extents: StoredExtent[] = [];
    for (const { fileBlock, at, count } of layout.extents(planned)) {
      let from = fileBlock;
      for (const { storedBlock, count: blocks } of map.locate(at, count)) {
        extents.push({ fileBlock: from, storedBlock, count: blocks });
        from += blocks;
      }
    }
    return extents;
  }

  /**
   * Everything but file data, in pieces of whole blocks, in no particular order, made while they are
   * taken. Blocks that neither these pieces nor file data cover are zero.
   */
  *metadata(): Generator<MetadataPiece> {
    yield* groupPieces(this.#parts);
    yield* contentPieces(this.#parts);
    for (const [index, data] of this.#parts.templates.entries()) {
      yield { block: this.imageBlocks + index, data };
    }
  }
}
