/** Paths on the disc, without a leading slash. */
export const KERNEL_PATH = 'live/vmlinuz';
export const INITRD_PATH = 'live/initrd.img';
export const ROOT_IMAGE_PATH = 'live/root.img';
/** What the disc is made for; only there where that is known. */
export const TARGET_PATH = 'live/target';
export const CHECKSUMS_PATH = 'live/checksums';
