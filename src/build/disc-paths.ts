/** Paths on the disc, without a leading slash. */
export const KERNEL_PATH = 'live/vmlinuz';
export const INITRD_PATH = 'live/initrd.img';
export const ROOT_IMAGE_PATH = 'live/root.img';
export const CHECKSUMS_PATH = 'live/checksums';
