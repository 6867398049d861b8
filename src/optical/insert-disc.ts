import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDiscImage } from '../disc-image.js';
import { readIso } from '../iso9660/index.js';
import { imageSize } from '../media/image-size.js';
import { NbdServer } from '../nbd/server.js';
import { makeTemporaryFolder } from '../temporary-folder.js';
import { SimulatedDrive, type SimulatedDriveOptions } from './simulated-drive.js';

/** A disc in a simulated drive, for QEMU to take as its own. */
export interface InsertedDisc {
  readonly drive: SimulatedDrive;
  /** QEMU's way to it: what `QemuOptions.iso` takes. */
  readonly disc: { readonly nbdSocket: string };
  /** Switches the drive off. */
  remove(): Promise<void>;
}

/**
 * Puts the disc image at `path` into a simulated drive and switches it on.
 * @throws SnapdiscError `image.*`, `output.*`
 */
export async function insertDisc(
  path: string,
  options: Pick<SimulatedDriveOptions, 'delays' | 'faults'>,
): Promise<InsertedDisc> {
  const image = await openDiscImage(path);
  const { readAt, close } = image;
  const closeWith = async (error: unknown) => {
    await close();
    throw error;
  };
  // A drive tells no size, its volume does.
  const volume = image.size > 0 ? undefined : await readIso(image.readAt).catch(closeWith);
  const size = volume === undefined ? image.size : imageSize(image, volume);
  const folder = await makeTemporaryFolder('drive').catch(closeWith);
  const closeAll = async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const drive = new SimulatedDrive({ ...options, size, readAt });
    const nbdSocket = join(folder, 'drive');
    const server = await NbdServer.listen(drive, nbdSocket);
    return {
      drive,
      disc: { nbdSocket },
      async remove() {
        drive.switchOff();
        await server.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
