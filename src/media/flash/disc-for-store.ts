import { SnapdiscError } from '../../errors.js';
import { readSuperblock } from '../../ext2/index.js';
import { openLiveDisc, readRootStart } from '../../extract/live-disc.js';
import { isHybridTable } from './store-layout.js';

/** What a store that lies behind a disc takes from it. */
export interface DiscForStore {
  /** The first sector. */
  readonly mbr: Uint8Array;
  /** Of the root filesystem, 16 bytes. */
  readonly uuid: Uint8Array;
}

/**
 * Reads it, if this is a disc of ours behind which a partition can be.
 * @throws SnapdiscError `image.not-live`, `image.ext2`, `image.partitions`
 */
export async function readDiscForStore(path: string): Promise<DiscForStore> {
  const disc = await openLiveDisc(path);
  try {
    const { mbr, totalBlocks } = disc.volume;
    const { uuid } = readSuperblock(await readRootStart(disc));
    if (mbr?.loadsBootImage === true && isHybridTable(mbr, totalBlocks)) {
      return { mbr: await disc.readAt(0, 512), uuid };
    }
    throw new SnapdiscError(
      'image.partitions',
      `The partition table of ${path} is not as snapdisc writes it: one partition, which is the disc.`,
      {
        hint: 'Give the image that snapdisc built; of another, flash it without --persist and let live-persist make a store on another drive.',
      },
    );
  } finally {
    await disc.close();
  }
}
