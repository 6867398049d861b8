import { open, realpath } from 'node:fs/promises';
import type { WorkContext } from '../../build/report.js';
import { openDiscImage } from '../../disc-image.js';
import { SnapdiscError } from '../../errors.js';
import { run, type Tool } from '../../process.js';
import { readImageFacts } from '../image-size.js';
import { holdsFile, storeProblems, targetProblems } from './check-target.js';
import { type DiscForStore, readDiscForStore } from './disc-for-store.js';
import { driveFailure, isRefusal, unmountFailure } from './drive-failure.js';
import { type Drive, listDrives } from './drives.js';
import { type StoreArea, storeArea, storePieces } from './store-layout.js';
import { writeTargets } from './write-targets.js';

export const UMOUNT: Tool = {
  program: 'umount',
  purpose: 'unmounts what a desktop has mounted of a stick',
  debianPackage: 'mount',
};

/** A drive that may be written to, and where it will keep changes, if it shall. */
export interface PlannedDrive extends Drive {
  readonly store?: StoreArea | undefined;
}

/** An image and the drives it may be written to. */
export interface FlashPlan {
  readonly image: string;
  /** Bytes. */
  readonly size: number;
  /** Without one, PCs start from the image on a CD only. */
  readonly hasBootSector: boolean;
  /** With stores: what of the disc goes into them. */
  readonly disc: DiscForStore | undefined;
  readonly drives: readonly PlannedDrive[];
}

/**
 * Checks everything before anything is written.
 * @param persist whether what is left of the drives is to keep changes.
 * @throws SnapdiscError `image.*`, `usage.drive` with all that speaks against the drives,
 *   `output.not-permitted`
 */
export async function planFlash(
  image: string,
  paths: readonly string[],
  persist: boolean,
): Promise<FlashPlan> {
  const { size, hasBootSector } = await readImageFacts(image);
  const disc = persist ? await readDiscForStore(image) : undefined;
  const known = await listDrives();
  const drives: PlannedDrive[] = [];
  const problems: string[] = [];
  const seen = new Set<Drive>();
  for (const path of new Set(paths)) {
    // Names under /dev/disk/ are links.
    const real = await realpath(path).catch(() => path);
    const drive = known.find((one) => one.path === real || one.name === path);
    if (drive === undefined) {
      problems.push(`${path} is no drive of this machine.`);
      continue;
    }
    if (seen.has(drive)) continue;
    seen.add(drive);
    problems.push(...targetProblems(drive, size, await holdsFile(drive, image)));
    if (persist) problems.push(...storeProblems(drive, size));
    drives.push(persist ? { ...drive, store: storeArea(size, drive.size) } : drive);
  }
  if (problems.length > 0) {
    throw new SnapdiscError('usage.drive', problems.join('\n'), {
      hint: 'snapdisc flash DISC lists the drives that can be written.',
    });
  }
  for (const { path } of drives) await checkPermission(path);
  return { image, size, hasBootSector, disc, drives };
}

/** Before anybody is asked for anything, and before anything is unmounted. */
async function checkPermission(path: string): Promise<void> {
  try {
    await (await open(path, 'r+')).close();
  } catch (error) {
    // What else may be wrong is told by the one that opens it exclusively.
    if (isRefusal(error)) throw driveFailure(path, error);
  }
}

/** What lies on the drives: what is mounted below something else goes first. */
async function unmount(drives: readonly Drive[]): Promise<void> {
  const mounts = drives.flatMap((drive) => drive.mounts).sort();
  for (const mount of mounts.reverse()) {
    await run(UMOUNT, ['--', mount]).catch((error: unknown) => {
      throw unmountFailure(mount, error);
    });
  }
}

/**
 * Writes the image over the plan's drives: unmounts, writes, reads back.
 * @throws SnapdiscError `output.*` for what went wrong with any drive, `interrupted.signal`
 */
export async function flash(
  { image, size, disc, drives }: FlashPlan,
  verify: boolean,
  context: WorkContext,
): Promise<void> {
  await unmount(drives);
  const opened = await openDiscImage(image);
  const created = new Date();
  try {
    const destinations = drives.map(({ path, size: driveSize, store: area }) => {
      if (disc === undefined || area === undefined) return { path, further: [] };
      const store = { area, driveSize, uuid: disc.uuid, created };
      return { path, further: storePieces(disc.mbr, store) };
    });
    const written = { readAt: opened.readAt, size };
    const targets = await writeTargets(destinations, written, verify, context);
    const failures = targets.flatMap(({ failure }) => failure ?? []);
    const [first] = failures;
    if (first === undefined) return;
    const whole = targets.filter(({ failure }) => failure === undefined);
    const well = whole.map(({ path }) => `${path} is well.`);
    const messages = [...failures.map(({ message }) => message), ...well];
    const hint = first.hint === undefined ? {} : { hint: first.hint };
    throw new SnapdiscError(first.code, messages.join('\n'), hint);
  } finally {
    await opened.close();
    context.reporter.done();
  }
}
