import type { ByteString } from '../bytes.js';
import type { Block2048 } from '../units.js';
import type { ParsedCatalogEntry } from './el-torito.js';
import type { ParsedMbr } from './mbr.js';
import type { IsoAttributes, IsoExtent } from './nodes.js';
import type { VolumeDates, VolumeIdentifiers } from './volume-descriptor.js';

/** What `readIso` finds on a disc or in an image. */

export interface IsoVolume extends VolumeIdentifiers, VolumeDates {
  /** What the volume says of its own size. */
  readonly totalBlocks: Block2048;
  /** Names, modes and owners come from Rock Ridge; without it they are made up. */
  readonly hasRockRidge: boolean;
  readonly boot: VolumeBoot | undefined;
  readonly mbr: VolumeMbr | undefined;
  readonly root: VolumeDirectory;
}

export interface VolumeBoot {
  /** Where the boot catalog lies. */
  readonly catalog: Block2048;
  /** The default entry first. */
  readonly entries: readonly ParsedCatalogEntry[];
}

export interface VolumeMbr extends ParsedMbr {
  /**
   * Whether its boot code loads an El Torito image of this disc: ISOLINUX's first sector, or the one
   * 2 KiB later that GRUB's boot_hybrid.img starts at.
   */
  readonly loadsBootImage: boolean;
}

export interface VolumeFile extends IsoAttributes {
  readonly kind: 'file';
  /** Bytes, all extents together. */
  readonly size: number;
  /** At least one; empty files have one of size 0. */
  readonly extents: readonly IsoExtent[];
}

export interface VolumeDirectory extends IsoAttributes {
  readonly kind: 'directory';
  readonly extent: IsoExtent;
  readonly entries: ReadonlyMap<ByteString, VolumeNode>;
}

export interface VolumeSymlink extends IsoAttributes {
  readonly kind: 'symlink';
  readonly target: ByteString;
}

export interface VolumeDevice extends IsoAttributes {
  readonly kind: 'block' | 'char';
  readonly major: number;
  readonly minor: number;
}

export interface VolumeSpecial extends IsoAttributes {
  readonly kind: 'fifo' | 'socket';
}

export type VolumeNode =
  | VolumeFile
  | VolumeDirectory
  | VolumeSymlink
  | VolumeDevice
  | VolumeSpecial;
