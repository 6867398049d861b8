import { realpath } from 'node:fs/promises';
import type { WorkContext } from '../../build/report.js';
import { openDiscImage } from '../../disc-image.js';
import { SnapdiscError } from '../../errors.js';
import { run, type Tool } from '../../process.js';
import { imageSize } from '../image-size.js';
import { holdsFile, targetProblems } from './check-target.js';
import { type Drive, listDrives } from './drives.js';
import { writeTargets } from './write-targets.js';

export const UMOUNT: Tool = {
  program: 'umount',
  purpose: 'unmounts what a desktop has mounted of a stick',
  debianPackage: 'mount',
};

/** An image and the drives it may be written to. */
export interface FlashPlan {
  readonly image: string;
  /** Bytes. */
  readonly size: number;
  readonly drives: readonly Drive[];
}

/**
 * Checks everything before anything is written.
 * @throws SnapdiscError `image.*`, `usage.drive` with all that speaks against the drives.
 */
export async function planFlash(image: string, paths: readonly string[]): Promise<FlashPlan> {
  const disc = await openDiscImage(image);
  try {
    const size = await imageSize(disc);
    const known = await listDrives();
    const drives: Drive[] = [];
    const problems: string[] = [];
    for (const path of new Set(paths)) {
      // Names under /dev/disk/ are links.
      const real = await realpath(path).catch(() => path);
      const drive = known.find((one) => one.path === real || one.name === path);
      if (drive === undefined) {
        problems.push(`${path} is no drive of this machine.`);
        continue;
      }
      problems.push(...targetProblems(drive, size, await holdsFile(drive, image)));
      drives.push(drive);
    }
    if (problems.length === 0) return { image, size, drives };
    throw new SnapdiscError('usage.drive', problems.join('\n'), {
      hint: 'snapdisc flash DISC lists the drives that can be written.',
    });
  } finally {
    await disc.close();
  }
}

/**
 * Writes the image over the plan's drives: unmounts, writes, reads back.
 * @throws SnapdiscError `output.*` for what went wrong with any drive, `interrupted.signal`
 */
export async function flash(
  { image, size, drives }: FlashPlan,
  verify: boolean,
  context: WorkContext,
): Promise<void> {
  for (const mount of drives.flatMap(({ mounts }) => mounts)) await run(UMOUNT, ['--', mount]);
  const disc = await openDiscImage(image);
  try {
    const paths = drives.map(({ path }) => path);
    const targets = await writeTargets(paths, { readAt: disc.readAt, size }, verify, context);
    const failures = targets.flatMap(({ failure }) => failure ?? []);
    const [first] = failures;
    if (first === undefined) return;
    const whole = targets.filter(({ failure }) => failure === undefined);
    const well = whole.map(({ path }) => `${path} is well.`);
    const messages = [...failures.map(({ message }) => message), ...well];
    const hint = first.hint === undefined ? {} : { hint: first.hint };
    throw new SnapdiscError(first.code, messages.join('\n'), hint);
  } finally {
    await disc.close();
    context.reporter.done();
  }
}
