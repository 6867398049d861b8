/**
 * An ext2 image of a tree, every block where it is wanted: `planExt2`, then write the plan's
 * metadata and the files' data. Pure: no file is opened, no process started.
 */

export type { MappedExtent } from './block-map.js';
export { Ext2Image, type ReadAt } from './image.js';
export type { Ext2Options } from './options.js';
export type { OriginSegment } from './origin.js';
export type { BlockRange } from './placement.js';
export { Ext2Plan, planExt2, type StoredExtent } from './plan.js';
export type { MetadataPiece } from './plan-parts.js';
export type { StoredInode } from './read-inode.js';
export { readSuperblock, type Superblock } from './read-superblock.js';
