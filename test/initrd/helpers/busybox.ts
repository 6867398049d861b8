import { REQUIRED_APPLETS } from '../../../src/initrd/applets.js';
import { type ElfRecipe, elf } from './elf.js';

/** A busybox's applet table, as it lies in the binary. */
export function busybox(applets: readonly string[]): Buffer {
  return Buffer.from(`${applets.join('\0')}\0`, 'latin1');
}

/** A static program with an applet table: all that the init knows to use, but for `without`. */
export function fakeBusybox(recipe: ElfRecipe = {}, without: readonly string[] = []): Buffer {
  const all = ['[', '[[', ...REQUIRED_APPLETS, 'xzcat', 'gunzip'];
  const applets = all.filter((name) => !without.includes(name)).sort();
  return elf({ type: 2, ...recipe, payload: `\0\xff\0${busybox(applets).toString('latin1')}` });
}
