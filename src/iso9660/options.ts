import type { ByteString } from '../bytes.js';
import type { Block2048, Sector512 } from '../units.js';
import type { IsoFile, IsoTime } from './nodes.js';

/** What a volume is besides its tree. */
export interface IsoOptions {
  /** 1 to 32 bytes of A-Z, a-z, 0-9, `_`, `-`, `.` and inner spaces: see `volumeIdProblem`. */
  readonly volumeId: ByteString;
  /** These five: printable ASCII, not starting with `_`; at most 32 bytes for the system id. */
  readonly systemId?: string;
  /** At most 128 bytes, as are the next three. */
  readonly volumeSetId?: string;
  readonly publisherId?: string;
  readonly preparerId?: string;
  readonly applicationId?: string;
  readonly created: IsoTime;
  /** libblkid makes the volume's UUID of this, to the hundredth of a second. Default `created`. */
  readonly modified?: IsoTime;
  readonly boot?: BootOptions;
  /** Makes the image boot from disks too; needs a first boot image for the BIOS. */
  readonly hybrid?: HybridOptions;
  /**
   * Extents lie in this order, those of files not named here after them in the tree's order. A file
   * that is not in the tree gets an extent, and no name.
   */
  readonly order?: readonly IsoFile[];
  /** Adds 150 blocks after the last extent, for drives that read ahead over the end. Default true. */
  readonly pad?: boolean;
  /** Stores owner 0:0, files as r--r--r-- (r-xr-xr-x if anyone may run them), directories r-xr-xr-x. */
  readonly rationalise?: boolean;
}

export interface BootOptions {
  /** The first is the default; firmware picks by platform. */
  readonly images: readonly BootImage[];
  /** Path that shows the boot catalog, such as `isolinux/boot.cat`. Default: it has no name. */
  readonly catalogPath?: ByteString;
}

export interface BootImage {
  /** In the tree or not: then it has no name. */
  readonly file: IsoFile;
  /** Default `bios`. */
  readonly platform?: 'bios' | 'efi';
  /** Writes a boot info table into the image, which must have `content`. ISOLINUX needs it. */
  readonly infoTable?: boolean;
  /** What the firmware loads, in 512-byte sectors. Default 4 for the BIOS, the whole file for EFI. */
  readonly loadSectors?: Sector512;
}

export interface HybridOptions {
  /** SYSLINUX's isohdpfx.bin, at most 432 bytes. */
  readonly mbrTemplate: Uint8Array;
  /** 0 to 2^32 - 1. */
  readonly diskId: number;
}

/** Blocks of zeros after the last extent: 300 KiB, as mkisofs -pad. */
export const PADDING_BLOCKS: Block2048 = 150;

const MAX_LOAD_SECTORS = 0xffff;
const SECTOR_SIZE = 512;

/** The sectors the firmware loads of this image. */
export function loadSectorsOf(image: BootImage): Sector512 {
  if (image.loadSectors !== undefined) return image.loadSectors;
  if (image.platform !== 'efi') return 4;
  return Math.min(Math.ceil(image.file.size / SECTOR_SIZE), MAX_LOAD_SECTORS);
}
