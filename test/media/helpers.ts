import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { run } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { judge } from '../extract/helpers.js';

/** A loop device of so many bytes, or undefined, and said so, where there are none. */
export async function loopDevice(
  t: ExecutionContext,
  size: number,
  { folder, sectorSize = 512 }: { folder?: string; sectorSize?: number } = {},
): Promise<string | undefined> {
  const backing = join(folder ?? (await temporaryDirectory(t)), 'stick');
  await writeFile(backing, '');
  await truncate(backing, size);
  try {
    const path = (
      await run(judge('losetup'), [`--sector-size=${sectorSize}`, '--find', '--show', backing])
    )
      .toString()
      .trim();
    t.teardown(() => run(judge('losetup'), ['--detach', path]));
    // What was read-only before it was detached comes back so.
    await run(judge('blockdev', 'util-linux'), ['--setrw', path]);
    return path;
  } catch (error) {
    if (!(error instanceof SnapdiscError)) throw error;
    t.log(`no loop device: ${error.message}`);
    return undefined;
  }
}
