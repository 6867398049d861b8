import type { Kernel } from './kernel.js';
import type { RootView } from './root-view.js';

/** Whether a kernel was built with an option, such as `RD_XZ`. */
export type KernelConfig = (option: string) => boolean;

/**
 * What the config file beside a kernel or its modules says; without one, every option is off. Of options that
 * may be modules only `=y` counts.
 */
export async function readKernelConfig(
  rootfs: RootView,
  { version, modules }: Pick<Kernel, 'version' | 'modules'>,
): Promise<KernelConfig> {
  const contents = await rootfs.read([`boot/config-${version}`, `${modules}/config`]);
  const config = [...contents.values()][0]?.toString('latin1') ?? '';
  return (option) => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config);
}
