import type { ByteString } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { notExt2 } from '../ext2/read-superblock.js';
import { openStoredImage, type StoredImage, type StoredSegment } from '../ext2/stored-image.js';
import { fileReader, type IsoExtent, type ReadAt } from '../iso9660/index.js';
import { type Block2048, type Block4096, EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { isoOwners } from './iso-owners.js';
import { OwnedRuns } from './owned-runs.js';
import type { OwnedRun } from './owner.js';
import { inodeOwners, metadataOwners, namedInodes, type OwnedBlocks } from './root-owners.js';

/** What lies where on a disc. */
export interface DiscMap {
  readonly sectors: OwnedRuns;
  /** The first name of every inode of the root filesystem that has one. */
  readonly inodePaths: ReadonlyMap<number, ByteString>;
  /** Of the root filesystem, 32 hex digits; empty where there is none. */
  readonly rootUuid: string;
  /** Byte of the disc at which the image of the root filesystem begins; 0 where there is none. */
  readonly rootStart: number;
}

const SECTORS = EXT2_BLOCK / ISO_BLOCK;

/**
 * Reads the metadata of both filesystems of a disc and tells what each of its sectors is for.
 * @throws SnapdiscError `image.*`, `image.compressed` for a disc whose sectors are of no use
 */
export async function mapDisc(readAt: ReadAt): Promise<DiscMap> {
  const { totalBlocks, claims, rootImage, isPacked } = await isoOwners(readAt);
  if (isPacked) throw packed();
  const inodePaths = new Map<number, ByteString>();
  const all = [...claims];
  let rootUuid = '';
  if (rootImage !== undefined) {
    const stored = await openStoredImage(fileReader(readAt, rootImage), rootImage.size);
    rootUuid = Buffer.from(stored.image.superblock.uuid).toString('hex');
    for await (const owned of storedOwners(stored, inodePaths)) {
      all.push(...onDisc(owned, rootImage.extents));
    }
  }
  const rootStart = (rootImage?.extents[0]?.lba ?? 0) * ISO_BLOCK;
  return { sectors: new OwnedRuns(all, totalBlocks), inodePaths, rootUuid, rootStart };
}

function packed(): SnapdiscError {
  return new SnapdiscError(
    'image.compressed',
    'The root filesystem of this disc is compressed: no sector of it belongs to one file.',
    {
      hint: 'Record the profile of a disc built without --compress, then build with --profile and --compress: it fits both.',
    },
  );
}

/** Who owns the blocks of the stored image; notes the inodes' names on the way. */
export async function* storedOwners(
  { image, segments, templates }: StoredImage,
  inodePaths: Map<number, ByteString>,
): AsyncGenerator<OwnedRun> {
  for (const owned of metadataOwners(image)) yield* inImage(owned, segments);
  const storedBlocks = templates.storedBlock + templates.count;
  let claimed = 0;
  const sharedXattrs = new Set<Block4096>();
  for await (const named of namedInodes(image)) {
    const { path, inode } = named;
    inodePaths.set(inode.number, path);
    for await (const owned of inodeOwners(image, named)) {
      claimed += owned.count;
      // Pointers of a damaged image may lead to the same blocks over and over.
      if (claimed > storedBlocks) throw notExt2('its files have more blocks than there are');
      yield* inImage(owned, segments);
    }
    if (inode.xattrBlock === 0 || sharedXattrs.has(inode.xattrBlock)) continue;
    sharedXattrs.add(inode.xattrBlock);
    const owner = { kind: 'xattr', path } as const;
    yield* inImage({ start: inode.xattrBlock, count: 1, owner }, segments);
  }
  yield {
    start: templates.storedBlock * SECTORS,
    count: templates.count * SECTORS,
    owner: { kind: 'templates' },
    skip: 0,
  };
}

/** From blocks of the filesystem to sectors of the stored image; what is not stored is left out. */
function* inImage(
  { start, count, owner }: OwnedBlocks,
  segments: readonly StoredSegment[],
): Generator<OwnedRun> {
  for (const segment of segments) {
    const from = Math.max(start, segment.fsBlock);
    const to = Math.min(start + count, segment.fsBlock + segment.count);
    if (from >= to) continue;
    yield {
      start: (segment.storedBlock + from - segment.fsBlock) * SECTORS,
      count: (to - from) * SECTORS,
      owner,
      skip: (from - start) * SECTORS,
    };
  }
}

/** From sectors of the stored image to sectors of the disc. */
function* onDisc(run: OwnedRun, extents: readonly IsoExtent[]): Generator<OwnedRun> {
  let first: Block2048 = 0;
  for (const { lba, size } of extents) {
    const count = Math.ceil(size / ISO_BLOCK);
    const from = Math.max(run.start, first);
    const to = Math.min(run.start + run.count, first + count);
    if (from < to) {
      const skip = run.skip + from - run.start;
      yield { start: lba + from - first, count: to - from, owner: run.owner, skip };
    }
    first += count;
  }
}
