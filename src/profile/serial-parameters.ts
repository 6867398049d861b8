import { MENU_PATH } from '../build/disc-paths.js';
import { SnapdiscError } from '../errors.js';
import { openLiveDisc } from '../extract/live-disc.js';
import { fileReader } from '../iso9660/index.js';
import { MIB } from '../units.js';
import type { BootEvent } from './record-boot.js';

/** What Linux must be told to tell of an event on the serial port; systemd is silent where the kernel is told to be quiet. */
const NEEDED: Readonly<Record<BootEvent, readonly string[]>> = {
  login: ['console=ttyS0,115200'],
  'multi-user': ['console=ttyS0,115200', 'systemd.show_status=yes'],
};

/**
 * Kernel parameters that the boot menu of the disc at `path` lacks for an event to be told; none where it has no menu of
 * isolinux.
 * @throws SnapdiscError `image.*` but for `image.not-live`
 */
export async function missingParameters(path: string, event: BootEvent): Promise<string[]> {
  const disc = await openLiveDisc(path);
  try {
    const menu = await fileReader(disc.readAt, disc.file(MENU_PATH))(0, MIB);
    return parametersBeside(Buffer.from(menu).toString('latin1'), event);
  } catch (error) {
    if (error instanceof SnapdiscError && error.code === 'image.not-live') return [];
    throw error;
  } finally {
    await disc.close();
  }
}

/** What a menu's text lacks; a speed of the serial port is as good as another. Pure. */
export function parametersBeside(menu: string, event: BootEvent): string[] {
  return NEEDED[event].filter((parameter) => !menu.includes(parameter.split(',')[0] ?? ''));
}
