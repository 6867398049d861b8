import { fileURLToPath } from 'node:url';
import type { KernelArch } from '../initrd/kernel-image.js';
import type { Profile } from './profile.js';
import { readProfile } from './profile-files.js';

/** Both src/profile and dist/profile lie two levels below the package. */
const PROFILES = new URL('../../profiles/', import.meta.url);

/**
 * What lies first on a disc that has no profile of its own: what Debians of several kinds read while they boot
 * (profiles/README.md). What a system does not have is passed over.
 */
export function defaultProfile(arch: KernelArch): Promise<Profile> {
  return readProfile(fileURLToPath(new URL(`debian-${arch}.profile`, PROFILES)));
}
