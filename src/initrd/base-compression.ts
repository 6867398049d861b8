/** How the part of the initrd is compressed that the kernel itself unpacks. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { SnapdiscError } from '../errors.js';
import { run } from '../process.js';
import { XZ } from './compression.js';
import type { Kernel } from './kernel.js';
import type { RootView } from './root-view.js';

export type BaseCompression = 'gzip' | 'xz';

/**
 * xz for 64-bit kernels that can (CONFIG_RD_XZ, told by a config file beside the kernel or its
 * modules). On a 32-bit machine of the CD's age, unpacking xz takes longer than reading the bytes
 * that it saves.
 */
export async function chooseBaseCompression(
  rootfs: RootView,
  { arch, version, modules }: Pick<Kernel, 'arch' | 'version' | 'modules'>,
): Promise<BaseCompression> {
  if (arch !== 'amd64') return 'gzip';
  const contents = await rootfs.read([`boot/config-${version}`, `${modules}/config`]);
  const config = [...contents.values()][0]?.toString('latin1') ?? '';
  const knows = (option: string) => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config);
  return knows('RD_XZ') && knows('XZ_DEC_X86') ? 'xz' : 'gzip';
}

/**
 * The kernel allocates the dictionary whole (lib/decompress_unxz.c), so it must be small; the check
 * must be one that it knows: CRC32.
 */
const XZ_ARGUMENTS = [
  '--threads=1',
  '--check=crc32',
  '--x86',
  '--lzma2=preset=6,dict=1MiB',
  '--stdout',
];

/**
 * The archive `data`, compressed: with gzip where this machine has no xz.
 * @throws SnapdiscError `tool.failed`.
 */
export async function compressBase(data: Buffer, how: BaseCompression): Promise<Buffer> {
  if (how === 'xz') {
    try {
      return await run(XZ, XZ_ARGUMENTS, data);
    } catch (error) {
      if (!(error instanceof SnapdiscError) || error.code !== 'tool.missing') throw error;
    }
  }
  // Node writes no file name and no time, so equal input gives equal bytes.
  return promisify(gzip)(data, { level: 9 });
}
