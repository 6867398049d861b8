import { MENU_PATH } from '../build/disc-paths.js';
import { SnapdiscError } from '../errors.js';
import { openLiveDisc } from '../extract/live-disc.js';
import { fileReader } from '../iso9660/index.js';
import { MIB } from '../units.js';
import type { BootEvent } from './record-boot.js';

/** What --serial gives a disc. */
const CONSOLE = 'console=ttyS0,115200';

/**
 * What Linux must be told besides to tell of an event on the serial port. What systemd itself shows there can get lost:
 * a getty that starts on the same port throws away what has not been sent yet. Through the kernel's log it cannot.
 */
export const NEEDED_TO_TELL: Readonly<Record<BootEvent, readonly string[]>> = {
  login: [],
  'multi-user': ['systemd.log_target=kmsg', 'printk.devkmsg=on', 'ignore_loglevel'],
};

/** The flags of `snapdisc build` that make a disc tell of an event by itself. */
export function flagsToTell(event: BootEvent): string {
  const more = NEEDED_TO_TELL[event].join(' ');
  return more === '' ? '--serial' : `--serial and --append="${more}"`;
}

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
  return [CONSOLE, ...NEEDED_TO_TELL[event]].filter(
    (parameter) => !menu.includes(parameter.split(',')[0] ?? ''),
  );
}
