/** Finds the kernel of a root filesystem and the modules that belong to it. */
import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { type KernelArch, parseKernelImage } from './kernel-image.js';
import type { RootView } from './root-view.js';
import { compareVersions } from './version-order.js';

export interface Kernel {
  /** As `uname -r` prints it. */
  readonly version: string;
  readonly arch: KernelArch;
  /** Of the image in the root filesystem, without a leading slash. */
  readonly path: ByteString;
  readonly image: Buffer;
  /** Folder with modules.dep, without slashes at either end. */
  readonly modules: ByteString;
}

type KernelWithoutModules = Omit<Kernel, 'modules'>;

const PACKAGES =
  'On Debian: install linux-image-amd64, or linux-image-686 for 32-bit machines, in the root filesystem.';
/** Where the modules of each kernel lie, in a folder called like its version. */
export const MODULE_FOLDERS: readonly ByteString[] = ['usr/lib/modules', 'lib/modules'];
const IMAGE_NAME = /^(?:vmlinuz|kernel|bzImage|linux)(?:-|$)/;

/**
 * The newest kernel that has its modules, or the one of `version` (`--kernel`). What version and
 * machine a kernel is for is read from its image: names differ between distributions.
 * @throws SnapdiscError `rootfs.no-kernel`, `rootfs.no-such-kernel` (with those there are),
 *   `rootfs.no-modules`, `rootfs.kernel-unreadable` when no image is an x86 kernel.
 */
export async function findKernel(view: RootView, version?: string): Promise<Kernel> {
  const paths = await imagePaths(view);
  if (paths.length === 0) throw noKernel(view);
  const kernels = await readKernels(view, paths);
  if (kernels.length === 0) throw unreadable(view, paths);
  const chosen = kernels.filter((kernel) => version === undefined || kernel.version === version);
  if (chosen.length === 0) throw noSuchKernel(version ?? '', kernels, view);

  for (const kernel of chosen) {
    const modules = await modulesFolder(view, kernel.version);
    if (modules !== undefined) return { ...kernel, modules };
  }
  throw noModules(chosen, view);
}

/**
 * Refuses a root filesystem that `findKernel` will not find a kernel in, by names alone: no image is read.
 * @throws SnapdiscError `rootfs.no-kernel`, `rootfs.no-modules`
 */
export async function checkForKernel(view: RootView): Promise<void> {
  if ((await imagePaths(view)).length === 0) throw noKernel(view);
  for (const folder of MODULE_FOLDERS) {
    for (const version of await view.list(folder)) {
      if ((await modulesFolder(view, version)) !== undefined) return;
    }
  }
  throw noModules([], view);
}

/** Real paths of what is named like a kernel image, each file once. */
async function imagePaths(view: RootView): Promise<ByteString[]> {
  const names = ['vmlinuz'];
  for (const name of await view.list('boot')) {
    if (IMAGE_NAME.test(name)) names.push(`boot/${name}`);
  }
  for (const folder of MODULE_FOLDERS) {
    for (const name of await view.list(folder)) names.push(`${folder}/${name}/vmlinuz`);
  }
  const paths = await Promise.all(names.map((name) => view.resolve(name)));
  return [...new Set(paths.filter((path) => path !== undefined))];
}

/** Newest first. */
async function readKernels(
  view: RootView,
  paths: readonly ByteString[],
): Promise<KernelWithoutModules[]> {
  const kernels: KernelWithoutModules[] = [];
  for (const [path, image] of await view.read(paths)) {
    const header = parseKernelImage(image);
    if (header === undefined) continue;
    const { version } = header;
    // Kernels before 3.8 do not tell for which machine they are; their names do.
    const arch = header.arch ?? (/amd64|x86_64/.test(version) ? 'amd64' : 'i386');
    kernels.push({ version, arch, path, image });
  }
  return kernels.sort((a, b) => compareVersions(b.version, a.version));
}

async function modulesFolder(view: RootView, version: string): Promise<ByteString | undefined> {
  for (const folder of MODULE_FOLDERS.map((each) => `${each}/${version}`)) {
    if ((await view.resolve(`${folder}/modules.dep`)) !== undefined) return folder;
  }
  return undefined;
}

function noKernel(view: RootView): SnapdiscError {
  return new SnapdiscError(
    'rootfs.no-kernel',
    `There is no kernel in ${view.description}: no /boot/vmlinuz-VERSION, no /usr/lib/modules/VERSION/vmlinuz.`,
    { hint: PACKAGES },
  );
}

function unreadable(view: RootView, paths: readonly ByteString[]): SnapdiscError {
  const names = paths.map((path) => `/${printable(path)}`).join(', ');
  return new SnapdiscError(
    'rootfs.kernel-unreadable',
    `No x86 kernel is among the kernels of ${view.description}: ${names}.`,
    { hint: `snapdisc makes live CDs for PCs. ${PACKAGES}` },
  );
}

function noSuchKernel(
  version: string,
  kernels: readonly KernelWithoutModules[],
  view: RootView,
): SnapdiscError {
  return new SnapdiscError(
    'rootfs.no-such-kernel',
    `There is no kernel ${version} in ${view.description}.`,
    { hint: `It has: ${versionsOf(kernels)}.` },
  );
}

function noModules(kernels: readonly KernelWithoutModules[], view: RootView): SnapdiscError {
  const whose = kernels.length === 0 ? 'any kernel' : `its kernel ${versionsOf(kernels)}`;
  return new SnapdiscError(
    'rootfs.no-modules',
    `There is no /lib/modules/VERSION/modules.dep in ${view.description} for ${whose}.`,
    {
      hint: `Install the kernel's whole package, or run depmod VERSION in the root filesystem. ${PACKAGES}`,
    },
  );
}

function versionsOf(kernels: readonly KernelWithoutModules[]): string {
  return [...new Set(kernels.map(({ version }) => version))].join(', ');
}
