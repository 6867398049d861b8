import { byteString, byteStringFromText, bytesOf } from '../bytes.js';
import type { IsolinuxSettings } from './isolinux-config.js';

export type LoopbackSettings = Pick<
  IsolinuxSettings,
  'label' | 'kernelPath' | 'initrdPath' | 'append'
>;

/** Where boot menus look for it, https://www.supergrubdisk.org/wiki/Loopback.cfg. */
export const LOOPBACK_PATH = 'boot/grub/loopback.cfg';

/**
 * Fills the template of loopback.cfg, a GRUB script: `@KERNEL@`, `@INITRD@`, `@APPEND@` and `@LABEL@`,
 * each as words that GRUB passes on as they are. Pure.
 */
export function loopbackConfig(template: Uint8Array, settings: LoopbackSettings): Uint8Array {
  const values: Readonly<Record<string, string>> = {
    KERNEL: quoted(settings.kernelPath),
    INITRD: quoted(settings.initrdPath),
    APPEND: kernelWords(settings.append).map(quoted).join(' '),
    LABEL: quoted(settings.label),
  };
  // One pass, so that a placeholder inside a value is never filled in.
  const filled = byteString(template).replace(/@([A-Z]+)@/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : byteStringFromText(value);
  });
  return bytesOf(filled);
}

/**
 * The parameters of a kernel command line, as the kernel takes it apart (lib/cmdline.c, next_arg):
 * double quotes keep blanks together and go. GRUB puts quotes around a parameter with blanks itself.
 */
function kernelWords(parameters: string): string[] {
  const words = parameters.match(/(?:"[^"]*(?:"|$)|[^\s"])+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}

/** A word of a GRUB script: nothing is special between single quotes, which cannot hold one. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
