import { CHECKSUMS_PATH, ROOT_IMAGE_PATH } from '../build/disc-paths.js';
import type { WorkContext } from '../build/report.js';
import { throwIfAborted } from '../build/write-disc.js';
import { type ByteString, printable } from '../bytes.js';
import type { DiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import { openStoredImage } from '../ext2/stored-image.js';
import { hotCopyOf, openLiveDisc, rootFileOf } from '../extract/live-disc.js';
import {
  bootInfoProblem,
  fileReader,
  type IsoVolume,
  readIso,
  type VolumeFile,
  walkVolume,
} from '../iso9660/index.js';
import { mapDisc, storedOwners } from '../profile/disc-map.js';
import { ISO_BLOCK, MIB } from '../units.js';
import { type Check, failed, passed, skipped } from './check.js';
import { verifyChecksums } from './checksums.js';
import { verifyHotCopy } from './hot-copy.js';

/** Boot loaders have 40 KiB, images of floppy disks 2.88 MB. */
const MAX_BOOT_FILE = 16 * MIB;

/**
 * Looks at all that a disc is made of: the ISO 9660 volume, what a PC boots from, the checksums, the root
 * filesystem. Without a volume there is nothing else to look at.
 */
export async function verifyStructure(disc: DiscImage, context: WorkContext): Promise<Check[]> {
  const { reporter } = context;
  reporter.stage('Reading the volume');
  let volume: IsoVolume;
  try {
    volume = await readIso(disc.readAt);
  } catch (error) {
    return [failed('ISO 9660', reasonOf(error))];
  }
  const files = new Map<ByteString, VolumeFile>();
  for (const [path, node] of walkVolume(volume)) if (node.kind === 'file') files.set(path, node);
  const checks = [
    checkVolume(volume, disc, files.size),
    await checkBoot(volume, disc, files),
    checkHybrid(volume),
    await verifyChecksums(disc, files.get(CHECKSUMS_PATH), context),
  ];
  reporter.stage('Reading the root filesystem');
  checks.push(await checkRoot(disc, volume, context));
  const [copy, root] = [hotCopyOf(volume), files.get(ROOT_IMAGE_PATH)];
  if (copy !== undefined && root !== undefined) {
    checks.push(await verifyHotCopy(disc.readAt, copy, fileReader(disc.readAt, root), context));
  }
  reporter.done();
  return checks;
}

function checkVolume(volume: IsoVolume, { size }: DiscImage, count: number): Check {
  const missing = volume.totalBlocks * ISO_BLOCK - size;
  // A drive does not tell how much is in it.
  if (size > 0 && missing > 0) {
    return failed('ISO 9660', `the image is cut off: ${missing} bytes are missing at its end`);
  }
  const names = volume.hasRockRidge ? 'Rock Ridge names' : 'no Rock Ridge names';
  return passed('ISO 9660', `"${printable(volume.volumeId)}", ${count} files, ${names}`);
}

/** What the firmware starts from a CD. */
async function checkBoot(
  volume: IsoVolume,
  disc: DiscImage,
  files: ReadonlyMap<ByteString, VolumeFile>,
): Promise<Check> {
  const name = 'El Torito';
  const entry = volume.boot?.entries.find(({ isBootable }) => isBootable);
  if (entry === undefined) return failed(name, 'the disc has no boot entry: no PC starts from it');
  const found = [...files].find(([, { extents }]) => extents[0]?.lba === entry.lba);
  if (found === undefined) return failed(name, `there is no file at its block ${entry.lba}`);
  const [path, { size }] = found;
  const start = entry.lba * ISO_BLOCK;
  const isBeyond = disc.size > 0 && start + size > disc.size;
  const problem =
    isBeyond || size > MAX_BOOT_FILE
      ? `its ${size} bytes are more than ${isBeyond ? 'the image' : 'a boot loader'} has`
      : bootInfoProblem(await disc.readAt(start, size), entry.lba);
  return problem === undefined
    ? passed(name, `starts ${printable(path)}`)
    : failed(name, `${printable(path)}: ${problem}`);
}

/** What the firmware starts from a stick. */
function checkHybrid({ mbr, totalBlocks }: IsoVolume): Check {
  const name = 'MBR';
  if (mbr === undefined) return skipped(name, 'none: the disc does not start from a stick');
  if (!mbr.loadsBootImage) return failed(name, 'its code does not load the boot loader');
  const sectors = (totalBlocks * ISO_BLOCK) / 512;
  // What begins behind the disc is not the disc's: a stick may hold more than it.
  const own = mbr.partitions.filter(({ start }) => start < sectors);
  const beyond = own.find(({ start, sectors: count }) => start + count > sectors);
  if (beyond !== undefined) return failed(name, `partition ${beyond.number} ends behind the disc`);
  return passed(name, `starts from a stick; ${own.length} partition(s)`);
}

/** Every inode, directory and block pointer of the root filesystem. */
async function checkRoot(disc: DiscImage, volume: IsoVolume, context: WorkContext): Promise<Check> {
  const name = 'ext2';
  try {
    const { path, format } = rootFileOf(volume);
    const count =
      format === undefined
        ? (await mapDisc(disc.readAt)).inodePaths.size
        : await countPackedInodes(disc.path, context);
    const where = format === undefined ? 'the image' : `the image in ${path}`;
    return passed(name, `${count} inodes, all of whose blocks are in ${where}`);
  } catch (error) {
    throwIfAborted(context.signal);
    if (error instanceof SnapdiscError && error.code === 'tool.missing') {
      return skipped(name, reasonOf(error));
    }
    return failed(name, reasonOf(error));
  }
}

/** @throws SnapdiscError `image.*`, `tool.missing`, `output.*` */
async function countPackedInodes(path: string, context: WorkContext): Promise<number> {
  const disc = await openLiveDisc(path);
  try {
    const { readStored, size } = await disc.root(context);
    const inodePaths = new Map<number, ByteString>();
    for await (const _ of storedOwners(await openStoredImage(readStored, size), inodePaths));
    return inodePaths.size;
  } finally {
    await disc.close();
  }
}

/** @throws what is a bug of ours. */
function reasonOf(error: unknown): string {
  if (error instanceof SnapdiscError) return error.message.replace(/\.$/, '');
  throw error;
}
