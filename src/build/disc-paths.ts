import type { PackedFormat } from '../packed-root/formats.js';

/** Paths on the disc, without a leading slash. */
export const MENU_PATH = 'isolinux/isolinux.cfg';
export const KERNEL_PATH = 'live/vmlinuz';
export const INITRD_PATH = 'live/initrd.img';
export const ROOT_IMAGE_PATH = 'live/root.img';
/** What a boot reads of root.img, its first part, once more and compressed. */
export const HOT_COPY_PATH = 'live/hot.gz';
/** What the disc is made for; only there where that is known. */
export const TARGET_PATH = 'live/target';
/** In its place where it is compressed (--compress). */
export const PACKED_ROOT_PATHS = {
  squashfs: 'live/root.squashfs',
  erofs: 'live/root.erofs',
} as const satisfies Record<PackedFormat, string>;
/** Beside a compressed root.img, the first 2 KiB of it: with its UUID, by which the init knows the disc. */
export const SUPERBLOCK_PATH = 'live/root.superblock';
export const CHECKSUMS_PATH = 'live/checksums';
