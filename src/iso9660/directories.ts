import type { ByteString } from '../bytes.js';
import type { Block2048 } from '../units.js';
import { compareIdentifiers, isoIdentifiers } from './iso-names.js';
import type { IsoDirectory, IsoFile, IsoNode } from './nodes.js';

/** The tree as the disc sees it: directories numbered and sorted, inodes counted. */

export interface PlannedEntry {
  readonly name: ByteString;
  /** The plain ISO 9660 identifier. */
  readonly identifier: ByteString;
  readonly node: IsoNode;
}

export interface PlannedDirectory {
  readonly node: IsoDirectory;
  /** Undefined for the root, which counts as its own parent on disc. */
  readonly parent: PlannedDirectory | undefined;
  /** `\0` for the root. */
  readonly identifier: ByteString;
  /** From 1, by level, then parent, then identifier: the order of the path table. */
  readonly number: number;
  /** Sorted by identifier. */
  readonly entries: readonly PlannedEntry[];
  /** Set once extents are placed: first block, bytes of records, bytes of continuation areas. */
  lba: Block2048;
  size: number;
  continuation: number;
}

/** A file that the tree shows although the caller's tree does not have it. */
export interface ExtraFile {
  readonly parent: IsoDirectory;
  readonly name: ByteString;
  readonly file: IsoFile;
}

export interface PlannedTree {
  readonly root: PlannedDirectory;
  /** In path table order; deep trees stay deep. */
  readonly directories: readonly PlannedDirectory[];
  readonly byNode: ReadonlyMap<IsoNode, PlannedDirectory>;
  readonly inodes: ReadonlyMap<IsoNode, InodeFacts>;
  /** Regular files in the tree's order, each once. */
  readonly files: readonly IsoFile[];
}

export interface InodeFacts {
  readonly serial: number;
  links: number;
}

/**
 * Numbers the directories of a valid tree. Directories more than eight levels deep stay where they
 * are instead of being relocated (RRIP 4.1.5): ECMA-119 6.8.2.1 forbids that, but Linux, xorriso
 * and isoinfo all read it, and relocation would move files to other paths for readers without Rock
 * Ridge. xorriso does the same.
 */
export function planDirectories(rootNode: IsoDirectory, extra: ExtraFile | undefined): PlannedTree {
  const inodes = new Map<IsoNode, InodeFacts>();
  const files: IsoFile[] = [];
  const addName = (node: IsoNode, links: number) => {
    const known = inodes.get(node);
    if (known !== undefined) {
      known.links += links;
      return;
    }
    inodes.set(node, { serial: inodes.size + 1, links });
    if (node.kind === 'file') files.push(node);
  };

  addName(rootNode, 2);
  const root: PlannedDirectory = {
    node: rootNode,
    parent: undefined,
    identifier: '\0',
    number: 1,
    entries: plannedEntries(rootNode, extra),
    ...UNPLACED,
  };
  const directories = [root];
  const byNode = new Map<IsoNode, PlannedDirectory>([[rootNode, root]]);
  // Grows while it is walked: breadth first is the order of the path table.
  for (const parent of directories) {
    for (const { node, identifier } of parent.entries) {
      if (node.kind !== 'directory') {
        addName(node, 1);
        continue;
      }
      addName(node, 2);
      addName(parent.node, 1);
      const number = directories.length + 1;
      const entries = plannedEntries(node, extra);
      const directory = { node, parent, identifier, number, entries, ...UNPLACED };
      directories.push(directory);
      byNode.set(node, directory);
    }
  }
  return { root, directories, byNode, inodes, files };
}

const UNPLACED = { lba: 0, size: 0, continuation: 0 };

function plannedEntries(directory: IsoDirectory, extra: ExtraFile | undefined): PlannedEntry[] {
  const entries = new Map(directory.entries);
  if (extra?.parent === directory) entries.set(extra.name, extra.file);
  const identifiers = isoIdentifiers(entries);
  return [...entries]
    .map(([name, node]) => ({ name, node, identifier: identifiers.get(name) ?? '' }))
    .sort((a, b) => compareIdentifiers(a.identifier, b.identifier));
}
