import { bytesOf } from '../bytes.js';
import type { Directory } from '../rootfs/tree.js';
import type { Block4096 } from '../units.js';
import { BLOCK_SIZE } from './constants.js';
import { type DirectoryRecord, encodeDirectory } from './directory.js';
import type { Extent } from './extent-store.js';
import { encodeIndirect, POINTERS_PER_BLOCK } from './indirect.js';
import { type PlannedInode, sortedEntries } from './inventory.js';
import type { MetadataPiece, PlanParts } from './plan-parts.js';
import { encodeXattrBlock } from './xattr.js';

/** Content that is not file data: directories, slow symlinks, indirect blocks, xattr blocks. */
export function* contentPieces(parts: PlanParts): Generator<MetadataPiece> {
  for (const planned of parts.inventory.inodes) {
    const { inode } = planned;
    if (inode.kind === 'directory') yield* directoryPieces(parts, planned, inode);
    if (inode.kind === 'symlink' && planned.ownBlocks > 0) {
      const data = Buffer.alloc(BLOCK_SIZE);
      bytesOf(inode.target).copy(data);
      for (const block of storedBlocks(parts, planned)) yield { block, data };
    }
    yield* indirectPieces(parts, planned);
  }
  for (const { xattrs, references, position } of parts.inventory.xattrBlocks) {
    if (position === undefined) continue;
    const block = parts.map.locateBlock(position).storedBlock;
    yield { block, data: encodeXattrBlock(xattrs, references) };
  }
}

function* directoryPieces(
  parts: PlanParts,
  planned: PlannedInode,
  directory: Directory,
): Generator<MetadataPiece> {
  const places = storedBlocks(parts, planned);
  for (const data of encodeDirectory(directoryRecords(parts, planned, directory))) {
    const place = places.next();
    if (place.done) throw new RangeError('a directory changed after it was planned');
    yield { block: place.value, data };
  }
}

function* directoryRecords(
  { inventory }: PlanParts,
  planned: PlannedInode,
  directory: Directory,
): Generator<DirectoryRecord> {
  const parent = planned.parent ?? planned;
  yield { name: '.', inode: planned.number, kind: 'directory' };
  yield { name: '..', inode: parent.number, kind: 'directory' };
  for (const [name, inode] of sortedEntries(directory)) {
    const number = inventory.planned.get(inode)?.number;
    if (number === undefined) throw new RangeError('a directory changed after it was planned');
    yield { name, inode: number, kind: inode.kind };
  }
}

/** The stored blocks of an inode's data, one by one, ascending by file block. */
function* storedBlocks({ layout, map }: PlanParts, planned: PlannedInode): Generator<Block4096> {
  for (const { at, count } of layout.extents(planned)) {
    for (const { storedBlock, count: blocks } of map.locate(at, count)) {
      for (let index = 0; index < blocks; index++) yield storedBlock + index;
    }
  }
}

function* indirectPieces(parts: PlanParts, planned: PlannedInode): Generator<MetadataPiece> {
  const { layout, map } = parts;
  const nodes = layout.nodes(planned);
  if (nodes.length === 0) return;
  const data = filesystemExtents(parts, layout.extents(planned));
  const lowerNodes = (level: number): Extent[] =>
    nodes
      .filter((node) => node.level === level)
      .map(({ first, at }) => ({ fileBlock: first, at: map.locateBlock(at).fsBlock, count: 1 }));
  const targets = [data, lowerNodes(1), lowerNodes(2)];
  // Nodes and targets ascend alike, so that each node goes on where the one before it began.
  const begun = [0, 0, 0];
  for (const node of nodes) {
    const level = node.level - 1;
    const candidates = targets[level] ?? [];
    let from = begun[level] ?? 0;
    for (let next = candidates[from]; next !== undefined; next = candidates[++from]) {
      if (next.fileBlock + next.count > node.first) break;
    }
    begun[level] = from;
    const end = node.first + POINTERS_PER_BLOCK ** node.level;
    const block = map.locateBlock(node.at).storedBlock;
    yield { block, data: encodeIndirect(node, takeBefore(candidates, from, end)) };
  }
}

function* takeBefore(extents: readonly Extent[], from: number, end: Block4096): Generator<Extent> {
  for (let index = from; index < extents.length; index++) {
    const extent = extents[index];
    if (extent === undefined || extent.fileBlock >= end) return;
    yield extent;
  }
}

function filesystemExtents({ map }: PlanParts, extents: readonly Extent[]): Extent[] {
  const found: Extent[] = [];
  for (const { fileBlock, at, count } of extents) {
    let from = fileBlock;
    for (const piece of map.locate(at, count)) {
      found.push({ fileBlock: from, at: piece.fsBlock, count: piece.count });
      from += piece.count;
    }
  }
  return found;
}
