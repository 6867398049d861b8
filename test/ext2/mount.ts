import { mkdir } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { run } from '../../src/process.js';
import { temporaryDirectory } from './helpers.js';

const PURPOSE = { purpose: 'lets the kernel judge an image', debianPackage: 'mount' };
const MOUNT = { program: 'mount', ...PURPOSE };
const UMOUNT = { program: 'umount', ...PURPOSE };

/**
 * Mounts an image read-only and runs `look` on it. Gives false, and says so, where nothing can be
 * mounted: no root, no loop devices, no such driver.
 */
export async function whileMounted(
  t: ExecutionContext,
  image: string,
  driver: 'ext2' | 'ext4',
  look: (top: string) => Promise<void>,
  options = 'ro',
): Promise<boolean> {
  const top = `${await temporaryDirectory(t)}/mnt`;
  await mkdir(top);
  try {
    await run(MOUNT, ['-t', driver, '-o', `loop,${options}`, image, top]);
  } catch (error) {
    if (!(error instanceof SnapdiscError)) throw error;
    if (
      !/permission|only root|must be superuser|loop device|unknown filesystem/i.test(error.message)
    )
      throw error;
    t.log(`not mounted as ${driver}: ${error.message}`);
    return false;
  }
  try {
    await look(top);
  } finally {
    await run(UMOUNT, [top]);
  }
  return true;
}
