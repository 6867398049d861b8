import { stat } from 'node:fs/promises';
import { isInstalled } from '../../process.js';
import { holdsFile, targetProblems } from './check-target.js';
import { type Drive, isStick, LSBLK, listDrives } from './drives.js';

/** The sticks here that the file `image` can be written to; none where nothing lists them. */
export async function sticksFor(image: string): Promise<Drive[]> {
  if (!(await isInstalled(LSBLK.program))) return [];
  const { size } = await stat(image);
  const found: Drive[] = [];
  for (const drive of (await listDrives()).filter(isStick)) {
    const problems = targetProblems(drive, size, await holdsFile(drive, image));
    if (problems.length === 0) found.push(drive);
  }
  return found;
}
