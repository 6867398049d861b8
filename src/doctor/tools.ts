import { SETFATTR } from '../extract/directory/set-xattrs.js';
import { MKNOD } from '../extract/directory/write-directory.js';
import { XZ as MODULE_XZ, ZSTD as MODULE_ZSTD } from '../initrd/compression.js';
import { CDRSKIN, XORRISO } from '../media/burn/burners.js';
import { DD } from '../media/direct-reader.js';
import { LSBLK } from '../media/flash/drives.js';
import { UMOUNT } from '../media/flash/flash.js';
import { PACKED_FORMATS, PACKERS, UNPACKERS } from '../packed-root/formats.js';
import type { Tool } from '../process.js';
import { ARCHITECTURES, qemuTool } from '../qemu/command.js';
import { APT_CONFIG, MMDEBSTRAP } from '../rootfs/debian/mmdebstrap.js';
import { FIND, GETFATTR } from '../rootfs/directory/xattrs.js';
import { OPENSSL } from '../rootfs/login/password-hash.js';
import { XZ, ZSTD } from '../rootfs/tar/decompress.js';
import { E2FSCK } from '../verify/e2fsck.js';

/** A program and all that it does for us. */
export interface ProgramUse {
  /** As the code that runs it describes it, one or more times: `purpose` differs. */
  readonly tools: readonly [Tool, ...Tool[]];
  /** Nothing can be built without it. */
  readonly isRequired: boolean;
  /** Makes it print its version. */
  readonly versionArguments: readonly string[];
}

const VERSION = ['--version'];
/** mksquashfs and unsquashfs know one dash only. */
const VERSION_OF = { squashfs: ['-version'], erofs: ['-V'] };

/** Every program that snapdisc may start. */
export const PROGRAM_USES: readonly ProgramUse[] = [
  { tools: [MODULE_XZ, XZ], isRequired: true, versionArguments: VERSION },
  { tools: [ZSTD, MODULE_ZSTD], isRequired: false, versionArguments: VERSION },
  { tools: [GETFATTR], isRequired: false, versionArguments: VERSION },
  { tools: [FIND], isRequired: false, versionArguments: VERSION },
  { tools: [SETFATTR], isRequired: false, versionArguments: VERSION },
  { tools: [MKNOD], isRequired: false, versionArguments: VERSION },
  { tools: [E2FSCK], isRequired: false, versionArguments: ['-V'] },
  ...PACKED_FORMATS.flatMap((format) => [
    { tools: [PACKERS[format]] as const, isRequired: false, versionArguments: VERSION_OF[format] },
    {
      tools: [UNPACKERS[format]] as const,
      isRequired: false,
      versionArguments: VERSION_OF[format],
    },
  ]),
  { tools: [OPENSSL], isRequired: false, versionArguments: ['version'] },
  { tools: [MMDEBSTRAP], isRequired: false, versionArguments: VERSION },
  { tools: [APT_CONFIG], isRequired: false, versionArguments: VERSION },
  { tools: [XORRISO], isRequired: false, versionArguments: ['-version'] },
  { tools: [CDRSKIN], isRequired: false, versionArguments: VERSION },
  { tools: [LSBLK], isRequired: false, versionArguments: VERSION },
  { tools: [UMOUNT], isRequired: false, versionArguments: VERSION },
  { tools: [DD], isRequired: false, versionArguments: VERSION },
  ...ARCHITECTURES.map((arch) => ({
    tools: [qemuTool(arch)] as const,
    isRequired: false,
    versionArguments: VERSION,
  })),
];
