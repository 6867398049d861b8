import type { BootFiles } from '../bootloader/boot-files.js';
import { type ByteString, byteStringFromText } from '../bytes.js';
import { type BlockRange, type Ext2Plan, planExt2 } from '../ext2/index.js';
import { type IsoFile, type IsoOptions, type IsoPlan, planIso } from '../iso9660/index.js';
import { SUPERBLOCK_FILE_BYTES } from '../packed-root/formats.js';
import type { Recipe } from '../recipe/recipe.js';
import { targetText } from '../recipe/target.js';
import { type Directory, walk } from '../rootfs/tree.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { bootOrder } from './boot-order.js';
import { type CoveredFile, checksumFileSize } from './checksums.js';
import type { DiscInclude } from './disc-include.js';
import {
  CHECKSUMS_PATH,
  HOT_COPY_PATH,
  INITRD_PATH,
  KERNEL_PATH,
  SUPERBLOCK_PATH,
  TARGET_PATH,
} from './disc-paths.js';
import { DiscTree } from './disc-tree.js';
import type { DiscIdentity } from './identity.js';
import { idleRules, type SortRule, sortWeight } from './sort-file.js';

/** ext2 has room for 16 bytes; the disc's label may be longer. */
const EXT2_LABEL_BYTES = 16;

/**
 * Plans root.img: what a boot reads first, as far as it is known. Pure.
 * @param hot what a boot profile says.
 */
export function planRootImage(
  root: Directory,
  recipe: Recipe,
  identity: DiscIdentity,
  created: number,
  hot: readonly BlockRange[],
): Ext2Plan {
  return planExt2(root, {
    uuid: identity.uuid,
    hashSeed: identity.hashSeed,
    label: recipe.label.slice(0, EXT2_LABEL_BYTES),
    created,
    headroomBytes: recipe.headroomBytes,
    hot,
    placement: bootOrder(root),
  });
}

/** The file of the disc that root.img is, or is in. */
export interface PlannedRootFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** It is compressed: the superblock lies beside it, to be found. */
  readonly isPacked: boolean;
}

export interface DiscParts {
  readonly bootFiles: BootFiles;
  readonly kernel: Uint8Array;
  /** Bytes. */
  readonly initrdSize: number;
  readonly root: PlannedRootFile;
  /** Bytes of the compressed copy of what a boot reads of root.img; 0 without. */
  readonly hotCopySize: number;
  readonly includes: readonly DiscInclude[];
  /** Paths of the disc's files in the order in which a boot reads them, as far as it is known. */
  readonly readOrder: readonly ByteString[];
  /** The user's own order, which comes before all others. */
  readonly sortRules: readonly SortRule[];
}

export interface PlannedDisc {
  readonly iso: IsoPlan;
  readonly initrd: IsoFile;
  /** root.img, or what it is compressed in. */
  readonly rootImage: IsoFile;
  /** What the init knows the disc by: root.img itself, or its first 2 KiB beside it. */
  readonly superblock: IsoFile;
  /** Right behind root.img, whatever the order of the others: the init looks for it there. */
  readonly hotCopy: IsoFile | undefined;
  readonly checksums: PlannedChecksums | undefined;
  /** The user's rules that are for none of the files. */
  readonly idleRules: readonly SortRule[];
}

export interface PlannedChecksums {
  /** live/checksums itself. */
  readonly file: IsoFile;
  /** All other files, in the disc's order. */
  readonly covered: readonly CoveredFile[];
}

/**
 * Plans the disc: what the firmware and the boot loader read first, then kernel and initrd, or all of
 * them in their read order, then root.img with the copy of what a boot reads of it, then everything else,
 * the checksums last. A sort file may change all of that but the copy's place and the last. What lies up to root.img
 * does not depend on the copy's size. Pure.
 * @param created Unix seconds.
 */
export function planDisc(
  recipe: Recipe,
  parts: DiscParts,
  identity: DiscIdentity,
  created: number,
): PlannedDisc {
  const plan = (checksumBytes: number) =>
    planWithChecksums(recipe, parts, identity, created, checksumBytes);
  if (!recipe.checksums) return plan(0);
  // The file of checksums is last: its size moves nothing, but depends on where it begins and on
  // what lies before it.
  const draft = plan(1);
  if (draft.checksums === undefined) return draft;
  const { file, covered } = draft.checksums;
  return plan(checksumFileSize(draft.iso.extent(file).lba * ISO_BLOCK, covered));
}

function planWithChecksums(
  recipe: Recipe,
  parts: DiscParts,
  identity: DiscIdentity,
  created: number,
  checksumBytes: number,
): PlannedDisc {
  const { bootFiles } = parts;
  const disc = new DiscTree(created);
  const loader = disc.addContent(bootFiles.bootImagePath, bootFiles.bootImage);
  const menu = [...bootFiles.files].map(([path, bytes]) => disc.addContent(path, bytes));
  const kernel = disc.addContent(KERNEL_PATH, parts.kernel);
  const initrd = disc.addPlaced(INITRD_PATH, parts.initrdSize, 1);
  const superblocks = parts.root.isPacked
    ? [disc.addPlaced(SUPERBLOCK_PATH, SUPERBLOCK_FILE_BYTES, 1)]
    : [];
  // device-mapper's boundaries must be multiples of the largest logical block below, 4 KiB.
  const rootImage = disc.addPlaced(parts.root.path, parts.root.size, EXT2_BLOCK / ISO_BLOCK);
  const [superblock = rootImage] = superblocks;
  const hotCopy =
    parts.hotCopySize === 0 ? undefined : disc.addPlaced(HOT_COPY_PATH, parts.hotCopySize, 1);
  const checksums =
    checksumBytes === 0 ? undefined : disc.addPlaced(CHECKSUMS_PATH, checksumBytes, 1);
  const target = targetText(recipe);
  if (target !== '') disc.addContent(TARGET_PATH, Buffer.from(target));
  for (const { path, node } of parts.includes) disc.graft(path, node);
  const paths = pathsOf(disc);
  const ranks = new Map(parts.readOrder.map((path, index) => [path, index]));
  const rankOf = (file: IsoFile) => ranks.get(paths.get(file) ?? '') ?? ranks.size;
  const bootOnes = [loader, ...menu, kernel, initrd].sort((a, b) => rankOf(a) - rankOf(b));
  const first = [...bootOnes, ...superblocks, rootImage];
  const known = new Set<IsoFile | undefined>([...first, hotCopy, checksums]);
  const included = [...paths.keys()].filter((file) => !known.has(file));
  // Who has no rules does not wait for all that is included to be walked through.
  const sources = sourcePaths(parts.sortRules.length === 0 ? [] : parts.includes);
  const names = (file: IsoFile) =>
    [paths.get(file), sources.get(file)].filter((path) => path !== undefined);
  const sorted = sortFiles([...first, ...included], parts.sortRules, names);
  const iso = planIso(disc.root, {
    volumeId: byteStringFromText(recipe.label),
    ...volumeMetadata(recipe),
    created: { seconds: created },
    boot: { images: [{ file: loader, infoTable: true }] },
    hybrid: { mbrTemplate: bootFiles.mbrTemplate, diskId: identity.diskId },
    order: [
      ...sorted.flatMap((file) =>
        file === rootImage && hotCopy !== undefined ? [file, hotCopy] : [file],
      ),
      ...(checksums === undefined ? [] : [checksums]),
    ],
    pad: recipe.pad,
    rationalise: recipe.isoOwners === 'rationalise',
  });
  const planned = {
    ...{ iso, initrd, rootImage, superblock, hotCopy },
    idleRules: idleRules(parts.sortRules, sorted.flatMap(names)),
  };
  if (checksums === undefined) return { ...planned, checksums };
  paths.delete(checksums);
  return {
    ...planned,
    checksums: { file: checksums, covered: coveredFiles(iso, paths) },
  };
}

/** The higher a file's weight, the sooner; a rule may name its path on the disc or where it comes from. */
function sortFiles(
  files: readonly IsoFile[],
  rules: readonly SortRule[],
  names: (file: IsoFile) => readonly ByteString[],
): IsoFile[] {
  const weights = new Map(
    files.map((file) => {
      const found = names(file).map((path) => sortWeight(rules, path));
      return [file, found.find((weight) => weight !== undefined) ?? 0];
    }),
  );
  return [...files].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0));
}

/** Where the included files come from, as mkisofs would call them. */
function sourcePaths(includes: readonly DiscInclude[]): Map<IsoFile, ByteString> {
  const found = new Map<IsoFile, ByteString>();
  for (const { source, from, files } of includes) {
    for (const { path, inode } of walk(source.root)) {
      const file = inode.kind === 'file' ? files.get(inode) : undefined;
      if (file !== undefined && !found.has(file)) {
        found.set(file, `${byteStringFromText(from)}/${path}`);
      }
    }
  }
  return found;
}

/** Where files with contents lie, in the disc's order. */
function coveredFiles(iso: IsoPlan, paths: ReadonlyMap<IsoFile, ByteString>): CoveredFile[] {
  return [...paths]
    .filter(([file]) => file.size > 0)
    .map(([file, path]) => {
      const start = iso.extent(file).lba * ISO_BLOCK;
      return { path, start, end: start + file.size };
    })
    .sort((a, b) => a.start - b.start);
}

function volumeMetadata(recipe: Recipe): Partial<IsoOptions> {
  return {
    systemId: recipe.systemId,
    applicationId: recipe.applicationId,
    ...(recipe.volumeSetId === undefined ? {} : { volumeSetId: recipe.volumeSetId }),
    ...(recipe.publisher === undefined ? {} : { publisherId: recipe.publisher }),
    ...(recipe.preparer === undefined ? {} : { preparerId: recipe.preparer }),
  };
}

/** Every file with its path, in the tree's order; of the names of a hard link, the first. */
function pathsOf(disc: DiscTree): Map<IsoFile, ByteString> {
  const paths = new Map<IsoFile, ByteString>();
  const visit = (entries: DiscTree['root']['entries'], folder: ByteString) => {
    for (const [name, node] of entries) {
      const path = folder + name;
      if (node.kind === 'directory') visit(node.entries, `${path}/`);
      else if (node.kind === 'file' && !paths.has(node)) paths.set(node, path);
    }
  };
  visit(disc.root.entries, '');
  return paths;
}
