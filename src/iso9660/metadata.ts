import type { Block2048 } from '../units.js';
import { withBootInfoTable } from './boot-info-table.js';
import type { PlannedTree } from './directories.js';
import { directoryRecord, directoryRecords } from './directory-content.js';
import { encodeDirectory } from './directory-extent.js';
import { encodeRecord, SELF_IDENTIFIER } from './directory-record.js';
import { type CatalogEntry, encodeBootRecord, encodeCatalog, PLATFORMS } from './el-torito.js';
import { encodeMbr } from './mbr.js';
import type { IsoFile } from './nodes.js';
import { type IsoOptions, loadSectorsOf } from './options.js';
import { encodePathTable } from './path-table.js';
import type { Placement } from './placement.js';
import { encodePrimary, encodeTerminator, FIRST_DESCRIPTOR } from './volume-descriptor.js';

/** Bytes and the block where they start. */
export interface IsoPiece {
  readonly lba: Block2048;
  readonly data: Uint8Array;
}

export interface PlacedImage {
  readonly tree: PlannedTree;
  readonly placement: Placement;
  readonly options: IsoOptions;
  /** The boot catalog's node if the tree shows it. */
  readonly catalogFile: IsoFile | undefined;
}

/** All structures and the files with content, ascending, each made only when it is asked for. */
export function* imageMetadata(image: PlacedImage): Generator<IsoPiece> {
  const { placement, options } = image;
  const lbaOf = (file: IsoFile) => fileLba(image, file);
  if (options.hybrid !== undefined && options.boot?.images[0] !== undefined) {
    const { mbrTemplate: template, diskId } = options.hybrid;
    const loader = lbaOf(options.boot.images[0].file);
    const { totalBlocks } = placement;
    yield { lba: 0, data: encodeMbr({ template, diskId, loader, totalBlocks }) };
  }
  yield { lba: FIRST_DESCRIPTOR, data: primaryDescriptor(image) };
  if (placement.bootRecord !== undefined && placement.catalog !== undefined) {
    yield { lba: placement.bootRecord, data: encodeBootRecord(placement.catalog) };
  }
  yield { lba: placement.terminator, data: encodeTerminator() };
  yield* pathTables(image);
  yield* directories(image, lbaOf);
  const [first, ...others] = (options.boot?.images ?? []).map(
    (bootImage): CatalogEntry => ({
      platform: PLATFORMS[bootImage.platform ?? 'bios'],
      lba: lbaOf(bootImage.file),
      loadSectors: loadSectorsOf(bootImage),
    }),
  );
  if (placement.catalog !== undefined && first !== undefined) {
    yield { lba: placement.catalog, data: encodeCatalog([first, ...others]) };
  }
  for (const [file, lba] of placement.files) {
    if (file.content !== undefined) yield { lba, data: patchedContent(file.content, file, image) };
  }
}

function primaryDescriptor({ tree, placement, options }: PlacedImage): Buffer {
  return encodePrimary({
    systemId: options.systemId ?? '',
    volumeId: options.volumeId,
    volumeSetId: options.volumeSetId ?? '',
    publisherId: options.publisherId ?? '',
    preparerId: options.preparerId ?? '',
    applicationId: options.applicationId ?? '',
    created: options.created,
    modified: options.modified ?? options.created,
    totalBlocks: placement.totalBlocks,
    pathTableSize: placement.pathTableSize,
    pathTableL: placement.pathTableL,
    pathTableM: placement.pathTableM,
    rootRecord: encodeRecord(directoryRecord(tree.root, SELF_IDENTIFIER), []),
  });
}

function* pathTables({ tree, placement }: PlacedImage): Generator<IsoPiece> {
  const records = tree.directories.map(({ identifier, lba, parent }) => ({
    identifier,
    lba,
    parent: parent?.number ?? 1,
  }));
  yield { lba: placement.pathTableL, data: encodePathTable(records, 'little') };
  yield { lba: placement.pathTableM, data: encodePathTable(records, 'big') };
}

function* directories(
  { tree, placement, options }: PlacedImage,
  lbaOf: (file: IsoFile) => Block2048,
): Generator<IsoPiece> {
  const { emptyLba } = placement;
  const context = { tree, lbaOf, emptyLba, rationalise: options.rationalise ?? false };
  for (const directory of tree.directories) {
    const data = encodeDirectory(directoryRecords(directory, context), directory.lba);
    yield { lba: directory.lba, data };
  }
}

function fileLba({ placement, catalogFile }: PlacedImage, file: IsoFile): Block2048 {
  const lba = file === catalogFile ? placement.catalog : placement.files.get(file);
  return lba ?? placement.emptyLba;
}

function patchedContent(content: Uint8Array, file: IsoFile, { placement, options }: PlacedImage) {
  const needsTable = options.boot?.images.some((image) => image.file === file && image.infoTable);
  return needsTable ? withBootInfoTable(content, placement.files.get(file) ?? 0) : content;
}
