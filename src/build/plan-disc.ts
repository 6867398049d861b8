import type { BootFiles } from '../bootloader/boot-files.js';
import { byteStringFromText } from '../bytes.js';
import { type Ext2Plan, planExt2 } from '../ext2/index.js';
import { type IsoFile, type IsoOptions, type IsoPlan, planIso } from '../iso9660/index.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Directory } from '../rootfs/tree.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { bootOrder } from './boot-order.js';
import { checksumFileSize } from './checksums.js';
import type { DiscInclude } from './disc-include.js';
import { DiscTree } from './disc-tree.js';
import type { DiscIdentity } from './identity.js';

/** Paths on the disc, without a leading slash. */
export const KERNEL_PATH = 'live/vmlinuz';
export const INITRD_PATH = 'live/initrd.img';
export const ROOT_IMAGE_PATH = 'live/root.img';
export const CHECKSUMS_PATH = 'live/checksums';

/** ext2 has room for 16 bytes; the disc's label may be longer. */
const EXT2_LABEL_BYTES = 16;

/** Plans root.img. Pure. */
export function planRootImage(
  root: Directory,
  recipe: Recipe,
  identity: DiscIdentity,
  created: number,
): Ext2Plan {
  return planExt2(root, {
    uuid: identity.uuid,
    hashSeed: identity.hashSeed,
    label: recipe.label.slice(0, EXT2_LABEL_BYTES),
    created,
    headroomBytes: recipe.headroomBytes,
    placement: bootOrder(root),
  });
}

export interface DiscParts {
  readonly bootFiles: BootFiles;
  readonly kernel: Uint8Array;
  /** Bytes. */
  readonly initrdSize: number;
  readonly rootImageSize: number;
  readonly includes: readonly DiscInclude[];
}

export interface PlannedDisc {
  readonly iso: IsoPlan;
  readonly initrd: IsoFile;
  readonly rootImage: IsoFile;
  readonly checksums: IsoFile | undefined;
}

/**
 * Plans the disc: what the firmware and the boot loader read first, then kernel and initrd, then
 * root.img, then everything else, the checksums last. Pure.
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
  // The file of checksums is last: its size moves nothing, but depends on where it begins.
  const draft = plan(1);
  if (draft.checksums === undefined) return draft;
  return plan(checksumFileSize(draft.iso.extent(draft.checksums).lba * ISO_BLOCK));
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
  // device-mapper's boundaries must be multiples of the largest logical block below, 4 KiB.
  const rootImage = disc.addPlaced(ROOT_IMAGE_PATH, parts.rootImageSize, EXT2_BLOCK / ISO_BLOCK);
  const checksums =
    checksumBytes === 0 ? undefined : disc.addPlaced(CHECKSUMS_PATH, checksumBytes, 1);
  for (const { path, node } of parts.includes) disc.graft(path, node);
  const first = [loader, ...menu, kernel, initrd, rootImage];
  const included = filesOf(disc, new Set([...first, checksums]));
  const iso = planIso(disc.root, {
    volumeId: byteStringFromText(recipe.label),
    ...volumeMetadata(recipe),
    created: { seconds: created },
    boot: { images: [{ file: loader, infoTable: true }] },
    hybrid: { mbrTemplate: bootFiles.mbrTemplate, diskId: identity.diskId },
    order: [...first, ...included, ...(checksums === undefined ? [] : [checksums])],
    pad: recipe.pad,
    rationalise: recipe.isoOwners === 'rationalise',
  });
  return { iso, initrd, rootImage, checksums };
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

/** Files in the tree's order, without those in `known`. */
function filesOf(disc: DiscTree, known: ReadonlySet<unknown>): IsoFile[] {
  // A hard link has several names.
  const files = new Set<IsoFile>();
  const visit = (entries: DiscTree['root']['entries']) => {
    for (const node of entries.values()) {
      if (node.kind === 'directory') visit(node.entries);
      else if (node.kind === 'file' && !known.has(node)) files.add(node);
    }
  };
  visit(disc.root.entries);
  return [...files];
}
