import type { Tool } from '../process.js';

/** Compressed file systems that root.img may lie in on the disc (`--compress`). */
export const PACKED_FORMATS = ['squashfs', 'erofs'] as const;
/** Also the name of the kernel's driver. */
export type PackedFormat = (typeof PACKED_FORMATS)[number];

/** The one file of such a file system, as the init looks for it (packed-image.sh). */
export const PACKED_FILE = 'root.img';

/** Bytes of root.img that lie on the disc as they are, too: boot block and superblock. */
export const SUPERBLOCK_FILE_BYTES = 2048;

/** What packs it. */
export const PACKERS: Readonly<Record<PackedFormat, Tool>> = {
  squashfs: {
    program: 'mksquashfs',
    purpose: 'compresses the root filesystem (--compress squashfs)',
    debianPackage: 'squashfs-tools',
  },
  erofs: {
    program: 'mkfs.erofs',
    purpose: 'compresses the root filesystem (--compress erofs)',
    debianPackage: 'erofs-utils',
  },
};

/** What unpacks it again. */
export const UNPACKERS: Readonly<Record<PackedFormat, Tool>> = {
  squashfs: {
    program: 'unsquashfs',
    purpose: 'reads the root filesystem of discs made with --compress squashfs',
    debianPackage: 'squashfs-tools',
  },
  erofs: {
    program: 'fsck.erofs',
    purpose: 'reads the root filesystem of discs made with --compress erofs',
    debianPackage: 'erofs-utils',
  },
};
