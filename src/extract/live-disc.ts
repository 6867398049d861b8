import {
  HOT_COPY_PATH,
  PACKED_ROOT_PATHS,
  ROOT_IMAGE_PATH,
  SUPERBLOCK_PATH,
} from '../build/disc-paths.js';
import type { WorkContext } from '../build/report.js';
import { type DiscImage, openDiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import {
  fileReader,
  type IsoVolume,
  type ReadAt,
  readFileData,
  readIso,
  type VolumeFile,
} from '../iso9660/index.js';
import {
  PACKED_FORMATS,
  type PackedFormat,
  SUPERBLOCK_FILE_BYTES,
} from '../packed-root/formats.js';
import { unpackImage } from '../packed-root/unpack.js';
import { ISO_BLOCK } from '../units.js';

/** A disc of ours, open: its files by their paths. */
export interface LiveDisc {
  readonly image: DiscImage;
  readonly volume: IsoVolume;
  readonly readAt: ReadAt;
  /**
   * @param path without a leading slash.
   * @throws SnapdiscError `image.not-live` where there is no such file.
   */
  file(path: string): VolumeFile;
  /**
   * root.img, which is unpacked to a temporary file where it is compressed.
   * @throws SnapdiscError `image.not-live`, `image.packed-root`, `tool.missing`, `output.*`, `interrupted.signal`
   */
  root(context: WorkContext): Promise<StoredRoot>;
  close(): Promise<void>;
}

/** The file of a disc that root.img is, or is compressed in. */
export interface RootFile {
  readonly path: string;
  readonly file: VolumeFile;
  readonly format: PackedFormat | undefined;
}

/** root.img as a disc stores it. */
export interface StoredRoot {
  readonly readStored: ReadAt;
  /** Bytes. */
  readonly size: number;
}

/** @throws SnapdiscError `image.missing`, `image.*` */
export async function openLiveDisc(path: string): Promise<LiveDisc> {
  const image: DiscImage = await openDiscImage(path);
  try {
    const volume = await readIso(image.readAt);
    let unpacked: Promise<OpenRoot> | undefined;
    return {
      image,
      volume,
      readAt: image.readAt,
      file: (name) => findFile(volume, name),
      root: (context) => {
        unpacked ??= openRoot(path, image, volume, context);
        return unpacked;
      },
      close: async () => {
        const root = await unpacked?.catch(() => undefined);
        await root?.close();
        await image.close();
      },
    };
  } catch (error) {
    await image.close();
    throw error;
  }
}

/** @throws SnapdiscError `image.not-live` */
export function rootFileOf(volume: IsoVolume): RootFile {
  for (const format of PACKED_FORMATS) {
    const path = PACKED_ROOT_PATHS[format];
    const file = lookUp(volume, path);
    if (file !== undefined) return { path, file, format };
  }
  return { path: ROOT_IMAGE_PATH, file: findFile(volume, ROOT_IMAGE_PATH), format: undefined };
}

/** The compressed copy of what a boot reads of root.img, where there is one. */
export function hotCopyOf(volume: IsoVolume): VolumeFile | undefined {
  return lookUp(volume, HOT_COPY_PATH);
}

/**
 * The first 2 KiB of root.img, its superblock among them, which need not be unpacked.
 * @throws SnapdiscError `image.not-live`
 */
export function readRootStart({ readAt, volume }: LiveDisc): Promise<Uint8Array> {
  const { file, format } = rootFileOf(volume);
  const start = format === undefined ? file : findFile(volume, SUPERBLOCK_PATH);
  return fileReader(readAt, start)(0, SUPERBLOCK_FILE_BYTES);
}

interface OpenRoot extends StoredRoot {
  close(): Promise<void>;
}

async function openRoot(
  disc: string,
  { readAt }: DiscImage,
  volume: IsoVolume,
  context: WorkContext,
): Promise<OpenRoot> {
  const { file, format } = rootFileOf(volume);
  if (format === undefined) {
    return { readStored: fileReader(readAt, file), size: file.size, close: async () => {} };
  }
  const offset = (file.extents[0]?.lba ?? 0) * ISO_BLOCK;
  const packed = { format, disc, offset, read: () => readFileData(readAt, file) };
  const unpacked = await unpackImage(packed, context);
  try {
    const image = await openDiscImage(unpacked.path);
    const close = async () => {
      await image.close();
      await unpacked.remove();
    };
    return { readStored: image.readAt, size: image.size, close };
  } catch (error) {
    await unpacked.remove();
    throw error;
  }
}

function findFile(volume: IsoVolume, path: string): VolumeFile {
  const file = lookUp(volume, path);
  if (file === undefined) throw notLive(path);
  return file;
}

function lookUp({ root }: IsoVolume, path: string): VolumeFile | undefined {
  const names = path.split('/');
  const last = names.pop() ?? '';
  let folder = root;
  for (const name of names) {
    const next = folder.entries.get(name);
    if (next?.kind !== 'directory') return undefined;
    folder = next;
  }
  const file = folder.entries.get(last);
  return file?.kind === 'file' ? file : undefined;
}

function notLive(path: string): SnapdiscError {
  return new SnapdiscError('image.not-live', `There is no ${path} on this disc.`, {
    hint: 'Give a disc that snapdisc built; snapdisc inspect shows what is on it.',
  });
}
