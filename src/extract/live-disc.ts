import { ROOT_IMAGE_PATH } from '../build/disc-paths.js';
import { type DiscImage, openDiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import {
  fileReader,
  type IsoVolume,
  type ReadAt,
  readIso,
  type VolumeFile,
} from '../iso9660/index.js';

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
  close(): Promise<void>;
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
    return {
      image,
      volume,
      readAt: image.readAt,
      file: (name) => findFile(volume, name),
      close: () => image.close(),
    };
  } catch (error) {
    await image.close();
    throw error;
  }
}

/** @throws SnapdiscError `image.not-live` */
export function storedRoot(disc: LiveDisc): StoredRoot {
  const file = disc.file(ROOT_IMAGE_PATH);
  return { readStored: fileReader(disc.readAt, file), size: file.size };
}

function findFile({ root }: IsoVolume, path: string): VolumeFile {
  const names = path.split('/');
  const last = names.pop() ?? '';
  let folder = root;
  for (const name of names) {
    const next = folder.entries.get(name);
    if (next?.kind !== 'directory') throw notLive(path);
    folder = next;
  }
  const file = folder.entries.get(last);
  if (file?.kind !== 'file') throw notLive(path);
  return file;
}

function notLive(path: string): SnapdiscError {
  return new SnapdiscError('image.not-live', `There is no ${path} on this disc.`, {
    hint: 'Give a disc that snapdisc built; snapdisc inspect shows what is on it.',
  });
}
