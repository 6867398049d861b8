import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import type { Block2048 } from '../units.js';
import { type ExtraFile, planDirectories } from './directories.js';
import { CATALOG_SIZE } from './el-torito.js';
import { type IsoPiece, imageMetadata } from './metadata.js';
import type { IsoDirectory, IsoExtent, IsoFile } from './nodes.js';
import { optionProblems, volumeIdProblem } from './option-problems.js';
import type { IsoOptions } from './options.js';
import { place } from './placement.js';
import { treeProblems, unlistedFileProblems } from './tree-problems.js';

/** Where everything of an image lies; what `metadata` does not give are file data and zeros. */
export interface IsoPlan {
  readonly totalBlocks: Block2048;
  /** Files with data, in the order of their blocks; all but those with `content` are the caller's. */
  readonly files: readonly PlacedFile[];
  /**
   * Where a file's data lie: always in one piece, whatever its size.
   * @throws SnapdiscError `usage.iso` for a file that is not part of the image.
   */
  extent(file: IsoFile): IsoExtent;
  /**
   * Everything but the files that have no `content`, in ascending order: MBR, descriptors, path
   * tables, directories, boot catalog, files. All other bytes of the image are zero. The last
   * block of a piece need not be whole.
   */
  metadata(): Generator<IsoPiece>;
}

export interface PlacedFile {
  readonly file: IsoFile;
  readonly lba: Block2048;
}

const BLOCKS_LIMIT = 2 ** 32;
/** An MBR's partition counts 32 bits of 512-byte sectors. */
const HYBRID_BLOCKS_LIMIT = 2 ** 30;
const PROBLEMS_SHOWN = 20;

/**
 * Plans an ISO 9660 image (level 3, Rock Ridge 1.12, El Torito): equal trees and options give equal
 * bytes. Nothing is read or written yet.
 * @throws SnapdiscError `usage.label` for a bad volume id alone, else `usage.iso` with all problems
 *   of the tree and the options.
 */
export function planIso(root: IsoDirectory, options: IsoOptions): IsoPlan {
  refuse(volumeIdProblem(options.volumeId), inputProblems(root, options));
  const catalogFile = catalogNode(root, options);
  const tree = planDirectories(root, catalogFile);
  const files = extentOrder(tree.files, options).filter((file) => file !== catalogFile?.file);
  const placement = place(tree, files, options);
  refuse(undefined, sizeProblems(placement.totalBlocks, options));
  const extents = new Map(placement.files);
  const knownFiles = new Set([...tree.files, ...(options.order ?? [])]);
  return {
    totalBlocks: placement.totalBlocks,
    files: [...extents].map(([file, lba]) => ({ file, lba })),
    extent(file) {
      const isEmpty = file.size === 0 && knownFiles.has(file);
      const lba = isEmpty ? placement.emptyLba : extents.get(file);
      if (lba === undefined) {
        throw new SnapdiscError('usage.iso', 'This file is neither in the tree nor in the order.', {
          hint: 'Pass the object that was given to planIso, not a copy.',
        });
      }
      return { lba, size: file.size };
    },
    metadata: () => imageMetadata({ tree, placement, options, catalogFile: catalogFile?.file }),
  };
}

function inputProblems(root: IsoDirectory, options: IsoOptions): string[] {
  const unlisted = [...(options.order ?? []), ...bootFiles(options)];
  return [
    ...optionProblems(options),
    ...treeProblems(root),
    ...catalogProblems(root, options.boot?.catalogPath),
    ...new Set(unlisted.flatMap(unlistedFileProblems)),
  ];
}

function sizeProblems(totalBlocks: Block2048, { hybrid }: IsoOptions): string[] {
  const limit = hybrid === undefined ? BLOCKS_LIMIT : HYBRID_BLOCKS_LIMIT;
  if (totalBlocks < limit) return [];
  return [`The image needs ${totalBlocks} blocks of 2 KiB; its fields hold less than ${limit}.`];
}

function refuse(label: string | undefined, problems: readonly string[]): void {
  if (label === undefined && problems.length === 0) return;
  if (label !== undefined && problems.length === 0) {
    throw new SnapdiscError('usage.label', label, { hint: 'Choose another label for the disc.' });
  }
  const all = label === undefined ? problems : [label, ...problems];
  const lines = all.slice(0, PROBLEMS_SHOWN).map((problem) => `\n  ${problem}`);
  const more = all.length > PROBLEMS_SHOWN ? `\n  and ${all.length - PROBLEMS_SHOWN} more.` : '';
  throw new SnapdiscError(
    'usage.iso',
    `No ISO image can be made of this:${lines.join('')}${more}`,
    {
      hint: 'Change the named files or options; nothing has been written.',
    },
  );
}

/** The order's files first, then boot images that have no name, then the rest of the tree. */
function extentOrder(treeFiles: readonly IsoFile[], options: IsoOptions): IsoFile[] {
  const files = new Set([...(options.order ?? []), ...bootFiles(options), ...treeFiles]);
  return [...files].filter(({ size }) => size > 0);
}

function bootFiles({ boot }: IsoOptions): IsoFile[] {
  return boot?.images.map(({ file }) => file) ?? [];
}

function catalogProblems(root: IsoDirectory, path: ByteString | undefined): string[] {
  if (path === undefined) return [];
  const place = catalogPlace(root, path);
  const shown = printable(path);
  if (place === undefined) return [`The boot catalog's path '${shown}' is in no directory.`];
  const isFree = !place.parent.entries.has(place.name);
  return isFree ? [] : [`The boot catalog's path '${shown}' is already a file of the tree.`];
}

function catalogNode(root: IsoDirectory, { boot, created }: IsoOptions): ExtraFile | undefined {
  const place = boot?.catalogPath === undefined ? undefined : catalogPlace(root, boot.catalogPath);
  if (place === undefined) return undefined;
  const file: IsoFile = {
    kind: 'file',
    size: CATALOG_SIZE,
    mode: 0o444,
    uid: 0,
    gid: 0,
    mtime: created,
  };
  return { ...place, file };
}

function catalogPlace(root: IsoDirectory, path: ByteString) {
  const names = path.split('/').filter((name) => name !== '');
  const name = names.pop();
  let parent = root;
  for (const step of names) {
    const next = parent.entries.get(step);
    if (next?.kind !== 'directory') return undefined;
    parent = next;
  }
  const isUsable = name !== undefined && name !== '.' && name !== '..' && name.length <= 255;
  return isUsable && !name.includes('\0') ? { parent, name } : undefined;
}
