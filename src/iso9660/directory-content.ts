import type { Block2048 } from '../units.js';
import type { PlannedDirectory, PlannedTree } from './directories.js';
import type { RecordWithSystemUse } from './directory-extent.js';
import {
  type DirectoryRecord,
  FLAG_DIRECTORY,
  FLAG_MULTI_EXTENT,
  PARENT_IDENTIFIER,
  SELF_IDENTIFIER,
} from './directory-record.js';
import type { IsoAttributes, IsoFile, IsoNode } from './nodes.js';
import {
  nmEntries,
  pnEntry,
  pxEntry,
  rockRidgeExtension,
  slEntries,
  tfEntry,
} from './rock-ridge.js';
import { sectionsOf } from './sections.js';
import { spEntry } from './susp.js';

/** The records of planned directories: which Rock Ridge entries stand in which record. */

export interface ContentContext {
  readonly tree: PlannedTree;
  /** First block of a file's data. */
  readonly lbaOf: (file: IsoFile) => Block2048;
  /** Where what has no data points to: some readers dislike block 0. */
  readonly emptyLba: Block2048;
  readonly rationalise: boolean;
}

/** All records of one directory: itself, its parent, then its entries by identifier. */
export function directoryRecords(
  directory: PlannedDirectory,
  context: ContentContext,
): RecordWithSystemUse[] {
  const isRoot = directory === context.tree.root;
  const self = {
    record: directoryRecord(directory, SELF_IDENTIFIER),
    systemUse: [
      ...(isRoot ? [spEntry()] : []),
      ...posixEntries(directory.node, context),
      ...(isRoot ? [rockRidgeExtension()] : []),
    ],
  };
  const above = directory.parent ?? directory;
  const parent = {
    record: directoryRecord(above, PARENT_IDENTIFIER),
    systemUse: posixEntries(above.node, context),
  };
  const entries = directory.entries.flatMap(({ name, identifier, node }) => {
    const systemUse = [
      ...posixEntries(node, context),
      ...nmEntries(name),
      ...(node.kind === 'symlink' ? slEntries(node.target) : []),
      ...(node.kind === 'block' || node.kind === 'char' ? [pnEntry(node.major, node.minor)] : []),
    ];
    return entryRecords(node, identifier, context).map((record) => ({ record, systemUse }));
  });
  return [self, parent, ...entries];
}

/** A directory's record as itself, its parent or its child calls it. */
export function directoryRecord(directory: PlannedDirectory, identifier: string): DirectoryRecord {
  return {
    identifier,
    extent: { lba: directory.lba, size: directory.size },
    flags: FLAG_DIRECTORY,
    date: directory.node.mtime,
  };
}

function entryRecords(
  node: IsoNode,
  identifier: string,
  context: ContentContext,
): DirectoryRecord[] {
  const planned = context.tree.byNode.get(node);
  if (planned !== undefined) return [directoryRecord(planned, identifier)];
  const sections =
    node.kind === 'file' && node.size > 0
      ? sectionsOf(context.lbaOf(node), node.size)
      : [{ lba: context.emptyLba, size: 0 }];
  return sections.map((extent, index) => ({
    identifier,
    extent,
    flags: index < sections.length - 1 ? FLAG_MULTI_EXTENT : 0,
    date: node.mtime,
  }));
}

function posixEntries(node: IsoNode, context: ContentContext): Buffer[] {
  const { serial = 0, links = 1 } = context.tree.inodes.get(node) ?? {};
  const attributes = context.rationalise ? rationalised(node) : node;
  return [pxEntry(node.kind, attributes, { serial, links }), tfEntry(node.mtime)];
}

function rationalised(node: IsoNode): IsoAttributes {
  const isRunnable = node.kind === 'directory' || (node.mode & 0o111) !== 0;
  return { uid: 0, gid: 0, mode: isRunnable ? 0o555 : 0o444, mtime: node.mtime };
}
