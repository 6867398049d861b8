import { byteString, byteStringFromText, bytesOf } from '../bytes.js';
import { checkParameters } from '../recipe/kernel-parameters.js';

export interface IsolinuxSettings {
  /** The volume label, shown as the menu's title. */
  readonly label: string;
  /** Absolute paths on the disc. */
  readonly kernelPath: string;
  readonly initrdPath: string;
  /** The whole kernel command line, ours and the user's. */
  readonly append: string;
  /** The menu also talks on the first serial port, 115,200 baud. */
  readonly serial: boolean;
  /** Seconds until the default entry starts; 0 waits for ever. */
  readonly timeoutSeconds: number;
}

/**
 * Fills a configuration template: `@KERNEL@`, `@INITRD@`, `@APPEND@`, `@LABEL@`, `@TIMEOUT@` (tenths
 * of a second, isolinux's unit) and `@SERIAL@` (a directive, or nothing). Other text, in any
 * encoding, stays as it is. Pure.
 * @throws SnapdiscError `usage.append`
 */
export function isolinuxConfig(template: Uint8Array, settings: IsolinuxSettings): Uint8Array {
  const { kernelPath, initrdPath } = settings;
  for (const parameters of commandLines(template, settings.append)) {
    // What isolinux makes of LINUX, APPEND and INITRD.
    checkParameters(`BOOT_IMAGE=${kernelPath} ${parameters} initrd=${initrdPath}`);
  }
  const values: Readonly<Record<string, string>> = {
    KERNEL: settings.kernelPath,
    INITRD: settings.initrdPath,
    APPEND: settings.append,
    LABEL: settings.label,
    TIMEOUT: String(Math.round(settings.timeoutSeconds * 10)),
    // isolinux wants it before every other directive.
    SERIAL: settings.serial ? 'SERIAL 0 115200' : '',
  };
  // One pass, so that a placeholder inside a value is never filled in.
  const filled = byteString(template).replace(/@([A-Z]+)@/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : byteStringFromText(value);
  });
  return bytesOf(filled);
}

/** What the template's entries append: some add parameters of their own to `append`. */
function commandLines(template: Uint8Array, append: string): string[] {
  const lines = byteString(template).split('\n');
  const ours = lines.filter((line) => line.includes('@APPEND@'));
  return ours.map((line) =>
    line.replace(/^\s*APPEND\s+/i, '').replaceAll('@APPEND@', () => append),
  );
}
