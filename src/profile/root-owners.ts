import type { ByteString } from '../bytes.js';
import { BLOCK_SIZE, DESCRIPTOR_SIZE, INODES_PER_BLOCK, ROOT_INODE } from '../ext2/constants.js';
import { hasSuperblock } from '../ext2/geometry.js';
import type { Ext2Image } from '../ext2/image.js';
import type { StoredInode } from '../ext2/read-inode.js';
import type { Block4096 } from '../units.js';
import type { RootOwner } from './owner.js';

/** Blocks of the filesystem, 4 KiB each, of one owner. */
export interface OwnedBlocks {
  readonly start: Block4096;
  readonly count: Block4096;
  readonly owner: RootOwner;
}

/** What the filesystem itself keeps at the start of each group. */
export function* metadataOwners(image: Ext2Image): Generator<OwnedBlocks> {
  const { blocksPerGroup, inodesPerGroup, groupCount, features } = image.superblock;
  const isSparse = features.includes('sparse_super');
  const descriptorBlocks = Math.ceil((groupCount * DESCRIPTOR_SIZE) / BLOCK_SIZE);
  for (const [group, { blockBitmap, inodeBitmap, inodeTable }] of image.groups.entries()) {
    const start = group * blocksPerGroup;
    if (!isSparse || hasSuperblock(group)) {
      yield { start, count: 1, owner: { kind: 'superblock', group } };
      const owner: RootOwner = { kind: 'group-descriptors', group };
      yield { start: start + 1, count: descriptorBlocks, owner };
    }
    yield { start: blockBitmap, count: 1, owner: { kind: 'block-bitmap', group } };
    yield { start: inodeBitmap, count: 1, owner: { kind: 'inode-bitmap', group } };
    const count = inodesPerGroup / INODES_PER_BLOCK;
    const first = group * inodesPerGroup + 1;
    yield { start: inodeTable, count, owner: { kind: 'inode-table', first } };
  }
}

export interface NamedInode {
  readonly path: ByteString;
  readonly inode: StoredInode;
}

/**
 * Every inode that has a name, once, under its first name: parents before children, names in byte order.
 * @throws SnapdiscError `image.ext2`
 */
export async function* namedInodes(image: Ext2Image): AsyncGenerator<NamedInode> {
  const seen = new Set<number>();
  const pending: { path: ByteString; number: number }[] = [{ path: '', number: ROOT_INODE }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, number } = next;
    if (seen.has(number)) continue;
    seen.add(number);
    const inode = await image.inode(number);
    yield { path, inode };
    if (inode.kind !== 'directory') continue;
    const entries: { name: ByteString; inode: number }[] = [];
    for await (const entry of image.entries(inode)) {
      if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
    }
    const prefix = path === '' ? '' : `${path}/`;
    // The last is visited first.
    entries.sort((a, b) => (a.name < b.name ? 1 : -1));
    for (const { name, inode } of entries) pending.push({ path: prefix + name, number: inode });
  }
}

/** The blocks of an inode, neighbours that go on in the file as one run. */
export async function* inodeOwners(
  image: Ext2Image,
  { path, inode }: NamedInode,
): AsyncGenerator<OwnedBlocks> {
  const kind = inode.kind === 'directory' || inode.kind === 'symlink' ? inode.kind : 'data';
  let open: { start: Block4096; block: Block4096; count: Block4096 } | undefined;
  const run = ({ start, block, count }: NonNullable<typeof open>): OwnedBlocks => {
    return { start, count, owner: { kind, path, block } };
  };
  for await (const { fileBlock, fsBlock, level } of image.blocks(inode)) {
    if (level !== 0) {
      const owner: RootOwner = { kind: 'indirect', path, level, block: fileBlock };
      yield { start: fsBlock, count: 1, owner };
    } else if (
      open?.block !== undefined &&
      open.block + open.count === fileBlock &&
      open.start + open.count === fsBlock
    ) {
      open.count++;
    } else {
      if (open !== undefined) yield run(open);
      open = { start: fsBlock, block: fileBlock, count: 1 };
    }
  }
  if (open !== undefined) yield run(open);
}
