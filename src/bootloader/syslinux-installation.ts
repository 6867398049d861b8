import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installHint } from '../distributions.js';
import { SnapdiscError } from '../errors.js';

/**
 * The boot loader as distributions install it. The parts of one release belong together (isolinux.bin
 * refuses another's ldlinux.c32), so all are taken from one place.
 */
export interface SyslinuxLocation {
  /** Folder of isolinux.bin and the isohybrid MBR. */
  readonly loader: string;
  /** Folder of the BIOS modules, `*.c32`. */
  readonly modules: string;
}

export const SYSLINUX_LOCATIONS: readonly SyslinuxLocation[] = [
  // Debian, Ubuntu
  { loader: '/usr/lib/ISOLINUX', modules: '/usr/lib/syslinux/modules/bios' },
  // Fedora, Alpine, Gentoo, openSUSE
  { loader: '/usr/share/syslinux', modules: '/usr/share/syslinux' },
  // Arch
  { loader: '/usr/lib/syslinux/bios', modules: '/usr/lib/syslinux/bios' },
];

export const LOADER = 'isolinux.bin';
/** The first 432 bytes of the system area, which let a BIOS start the image from a stick. */
export const ISOHYBRID_MBR = 'isohdpfx.bin';
/** ldlinux.c32 is the loader's second half; chain.c32 needs both libraries, menu.c32 libutil.c32. */
export const MODULES = ['ldlinux.c32', 'menu.c32', 'libutil.c32', 'libcom32.c32', 'chain.c32'];

export const PACKAGES = { loader: 'isolinux', modules: 'syslinux-common' } as const;

/** The boot loader's files, by name. */
export interface SyslinuxFiles {
  readonly loader: Uint8Array;
  readonly isohybridMbr: Uint8Array;
  readonly modules: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads the boot loader from the first location that has all of it.
 * @throws SnapdiscError `tool.isolinux-missing` naming the packages that are not installed
 */
export async function readSyslinux(
  locations: readonly SyslinuxLocation[] = SYSLINUX_LOCATIONS,
): Promise<SyslinuxFiles> {
  const missing: Set<keyof SyslinuxLocation>[] = [];
  for (const location of locations) {
    const absent = new Set<keyof SyslinuxLocation>();
    const take = async (part: keyof SyslinuxLocation, name: string) => {
      const bytes = await readIfThere(join(location[part], name));
      if (bytes === undefined) absent.add(part);
      return bytes ?? new Uint8Array();
    };
    const loader = await take('loader', LOADER);
    const isohybridMbr = await take('loader', ISOHYBRID_MBR);
    const modules = new Map<string, Uint8Array>();
    for (const name of MODULES) modules.set(name, await take('modules', name));
    if (absent.size === 0) return { loader, isohybridMbr, modules };
    missing.push(absent);
  }
  throw notInstalled(missing);
}

function notInstalled(missing: readonly Set<keyof SyslinuxLocation>[]): SnapdiscError {
  // Where one half is installed, only the other is missing.
  const parts =
    missing.find((absent) => absent.size === 1) ?? new Set(['loader', 'modules'] as const);
  const what = parts.has('loader') ? `${LOADER} and ${ISOHYBRID_MBR}` : MODULES.join(', ');
  return new SnapdiscError(
    'tool.isolinux-missing',
    `The boot loader isolinux is not installed: ${what} not found.`,
    { hint: installHint([...parts].map((part) => PACKAGES[part])) },
  );
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SnapdiscError('tool.isolinux-unreadable', `${path} cannot be read.`, {
      hint: "Install the packages isolinux and syslinux-common again, or check the file's permissions.",
      cause: error,
    });
  }
}
