import { SnapdiscError } from '../errors.js';
import type { Kernel } from '../initrd/kernel.js';
import { capacityOf, MEDIA } from '../media/medium.js';
import { shellQuote } from '../process.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Directory } from '../rootfs/tree.js';
import { MIB } from '../units.js';
import type { DiscInclude } from './disc-include.js';
import { dispensable } from './dispensable.js';
import type { PlannedMedium } from './plan.js';

/** More would not be read. */
const MOST_NAMED = 3;

/** What a disc is made of, as far as it may be left out. */
interface MediumParts {
  readonly root: Directory;
  readonly includes: readonly Pick<DiscInclude, 'from' | 'files'>[];
}

/**
 * How the disc image and its medium get on, undefined where the recipe names none, or one of any
 * size. Pure.
 * @param size of the image in bytes.
 */
export function plannedMedium(
  { targetMedium, compress }: Recipe,
  size: number,
  { root, includes }: MediumParts,
): PlannedMedium | undefined {
  const capacity = targetMedium === undefined ? undefined : capacityOf(targetMedium);
  if (targetMedium === undefined || capacity === undefined) return undefined;
  const left = capacity - size;
  const { title } = MEDIA[targetMedium];
  return {
    ...{ title, capacity, left, compressed: compress !== 'none' },
    dispensable: left < 0 ? dispensable(root, includes) : [],
  };
}

/** The failure of a build whose image is larger than its medium; undefined for one that fits. Pure. */
export function mediumProblem(medium: PlannedMedium | undefined): SnapdiscError | undefined {
  if (medium === undefined || medium.left >= 0) return undefined;
  const { title, left } = medium;
  return new SnapdiscError(
    'output.medium-too-small',
    `The disc image would be ${inMebibytes(-left)} too large for a ${title}.`,
    { hint: mediumRemedy(medium) },
  );
}

/** What helps against a disc image that does not fit, one sentence. Pure. */
export function mediumRemedy(medium: PlannedMedium): string {
  const worth = medium.dispensable.filter(({ bytes }) => bytes >= MIB).slice(0, MOST_NAMED);
  const compress = medium.compressed ? '' : ' Or compress it: --compress=squashfs.';
  if (worth.length === 0) {
    return `Take a larger --target-medium, or leave more out with --exclude.${compress}`;
  }
  const named = worth.map(({ path, place, bytes }) => {
    const flag = place === 'included' ? 'what is in --disc-include' : '--exclude';
    return `${flag}=${shellQuote(path)} (${inMebibytes(bytes)})`;
  });
  return `Take a larger --target-medium, or leave out what a live CD can do without: ${named.join(', ')}.${compress}`;
}

/** Whole MiB, rounded up. */
function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}

/**
 * Refuses a kernel that the machine's processor does not run.
 * @throws SnapdiscError `rootfs.kernel-arch`
 */
export function checkTargetArch({ version, arch }: Kernel, { targetArch }: Recipe): void {
  if (targetArch !== 'i386' || arch === 'i386') return;
  throw new SnapdiscError(
    'rootfs.kernel-arch',
    `The kernel ${version} needs a 64-bit processor, and --target-arch=i386 has none.`,
    {
      hint: 'Install a 32-bit kernel in the root filesystem (on Debian i386, linux-image-686), or name another with --kernel.',
    },
  );
}
