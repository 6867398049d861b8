import { readFile } from 'node:fs/promises';
import { readBootMenu } from './boot-menu-directory.js';
import { type IsolinuxSettings, isolinuxConfig } from './isolinux-config.js';
import { LOOPBACK_PATH, loopbackConfig } from './loopback-config.js';
import {
  LOADER,
  readSyslinux,
  type SyslinuxFiles,
  type SyslinuxLocation,
} from './syslinux-installation.js';

/** What makes a disc start, as bytes. */
export interface BootFiles {
  /**
   * By path on the disc, without a leading slash, in the order the BIOS reads them: with the boot
   * image right before the first and kernel and initrd right after the last, the drive's head never
   * moves back. Without the boot image itself.
   */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** isolinux.bin, its boot info table not yet filled in. */
  readonly bootImage: Uint8Array;
  /** Where the boot image must lie: isolinux looks for its configuration beside itself. */
  readonly bootImagePath: string;
  /** The isohybrid MBR code, 432 bytes. */
  readonly mbrTemplate: Uint8Array;
}

export interface BootFilesOptions extends IsolinuxSettings {
  /** Replaces our menu: every file of it goes to /isolinux/. */
  readonly isolinuxDir?: string | undefined;
  /** Where to look for the boot loader; for tests. */
  readonly locations?: readonly SyslinuxLocation[];
}

const FOLDER = 'isolinux';
const CONFIG = 'isolinux.cfg';
const TEMPLATE = new URL('../../isolinux/isolinux.cfg', import.meta.url);
const LOOPBACK_TEMPLATE = new URL('../../grub/loopback.cfg', import.meta.url);

/**
 * Reads the boot loader and the menu from this machine and fills the menu in.
 * @throws SnapdiscError `tool.isolinux-missing`, `usage.append`, `usage.isolinux-dir`
 */
export async function readBootFiles(options: BootFilesOptions): Promise<BootFiles> {
  const syslinux = await readSyslinux(options.locations);
  const menu =
    options.isolinuxDir === undefined
      ? new Map([[CONFIG, await readFile(TEMPLATE)]])
      : await readBootMenu(options.isolinuxDir);
  const boot = assembleBootFiles(syslinux, menu, options);
  const loopback = loopbackConfig(await readFile(LOOPBACK_TEMPLATE), options);
  return { ...boot, files: new Map([...boot.files, [LOOPBACK_PATH, loopback]]) };
}

/**
 * The boot files of a menu (its files by path inside the menu's folder). Pure.
 * @throws SnapdiscError `usage.append`
 */
export function assembleBootFiles(
  syslinux: SyslinuxFiles,
  menu: ReadonlyMap<string, Uint8Array>,
  settings: IsolinuxSettings,
): BootFiles {
  const ownLoader = menu.get(LOADER);
  // A menu with its own loader brings modules of that release; ours would not fit.
  const modules = ownLoader === undefined ? syslinux.modules : new Map<string, Uint8Array>();
  const filled = new Map<string, Uint8Array>();
  for (const [path, bytes] of [...modules, ...menu]) {
    if (path === LOADER) continue;
    filled.set(path, path.endsWith('.cfg') ? isolinuxConfig(bytes, settings) : bytes);
  }
  const order = [...filled.keys()].sort((a, b) => bootRank(a) - bootRank(b));
  return {
    files: new Map(
      order.map((path) => [`${FOLDER}/${path}`, filled.get(path) ?? new Uint8Array()]),
    ),
    bootImage: ownLoader ?? syslinux.loader,
    bootImagePath: `${FOLDER}/${LOADER}`,
    mbrTemplate: syslinux.isohybridMbr,
  };
}

/** Seen in a trace of a drive: the loader's core, the configuration, the menu and its library. */
const BOOT_ORDER = ['ldlinux.c32', CONFIG, 'menu.c32', 'libutil.c32'];
/** Read only when the user chooses a hard disk. */
const SELDOM = ['libcom32.c32', 'chain.c32'];

function bootRank(path: string): number {
  const rank = BOOT_ORDER.indexOf(path);
  if (rank >= 0) return rank;
  return BOOT_ORDER.length + 1 + SELDOM.indexOf(path);
}
