/** How the part of the initrd is compressed that the kernel itself unpacks. */
import type { Compressor } from './compressor.js';
import type { Kernel } from './kernel.js';
import { readKernelConfig } from './kernel-config.js';
import type { RootView } from './root-view.js';

export type BaseCompression = 'gzip' | 'xz';

/**
 * xz for 64-bit kernels that can (CONFIG_RD_XZ, told by a config file beside the kernel or its
 * modules). On a 32-bit machine of the CD's age, unpacking xz takes longer than reading the bytes
 * that it saves.
 */
export async function chooseBaseCompression(
  rootfs: RootView,
  kernel: Pick<Kernel, 'arch' | 'version' | 'modules'>,
): Promise<BaseCompression> {
  if (kernel.arch !== 'amd64') return 'gzip';
  const knows = await readKernelConfig(rootfs, kernel);
  return knows('RD_XZ') && knows('XZ_DEC_X86') ? 'xz' : 'gzip';
}

/**
 * The archive `data`, compressed: with gzip where this machine has no xz.
 * @throws SnapdiscError `tool.failed`.
 */
export async function compressBase(
  data: Buffer,
  how: BaseCompression,
  compressor: Compressor,
): Promise<Buffer> {
  const packed = how === 'xz' ? await compressor('xz-x86', data) : undefined;
  return packed ?? (await compressor('gzip', data)) ?? data;
}
