/**
 * An ISO 9660 writer and reader (level 3, Rock Ridge 1.12, El Torito, isohybrid) without
 * dependencies: values in, bytes out. docs/iso9660-writer.md shows how to use it.
 */

export type { ReadAt } from './block-reader.js';
export { bootInfoProblem } from './boot-info-table.js';
export type { ParsedCatalogEntry } from './el-torito.js';
export { fileReader } from './file-reader.js';
export { isoBytes, type ReadFileData } from './image-stream.js';
export { type MbrPartition, TYPE_HIDDEN, withPartition } from './mbr.js';
export type { IsoPiece } from './metadata.js';
export type {
  IsoAttributes,
  IsoDevice,
  IsoDirectory,
  IsoExtent,
  IsoFile,
  IsoNode,
  IsoSpecial,
  IsoSymlink,
  IsoTime,
} from './nodes.js';
export { volumeIdProblem } from './option-problems.js';
export type { BootImage, BootOptions, HybridOptions, IsoOptions } from './options.js';
export { type IsoPlan, type PlacedFile, planIso } from './plan.js';
export type { ReadLimits } from './read-budget.js';
export { readFileData, readIso } from './reader.js';
export type {
  IsoVolume,
  VolumeBoot,
  VolumeDevice,
  VolumeDirectory,
  VolumeFile,
  VolumeMbr,
  VolumeNode,
  VolumeSpecial,
  VolumeSymlink,
} from './volume.js';
export { walkVolume } from './walk-volume.js';
