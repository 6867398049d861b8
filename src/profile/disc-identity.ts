import { readSuperblock } from '../ext2/index.js';
import { fileReader, type ReadAt } from '../iso9660/index.js';
import type { DiscIdentity } from '../optical/read-log.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { isoOwners } from './iso-owners.js';

/**
 * What tells a disc whose root filesystem is not compressed from others; undefined for one that has none.
 * @throws SnapdiscError `image.*`
 */
export async function identifyDisc(readAt: ReadAt): Promise<DiscIdentity | undefined> {
  const { rootImage } = await isoOwners(readAt);
  if (rootImage === undefined) return undefined;
  const { uuid } = readSuperblock(await fileReader(readAt, rootImage)(0, EXT2_BLOCK));
  return {
    uuid: Buffer.from(uuid).toString('hex'),
    rootStart: (rootImage.extents[0]?.lba ?? 0) * ISO_BLOCK,
  };
}
