import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reporter } from '../build/report.js';
import { SnapdiscError } from '../errors.js';
import { openLiveDisc } from '../extract/live-disc.js';
import { writeRootImage } from '../extract/root-image.js';
import { isInstalled, run, type Tool } from '../process.js';
import { makeTemporaryFolder } from '../temporary-folder.js';
import { type Check, failed, passed, skipped } from './check.js';

const NAME = 'e2fsck';

export const E2FSCK: Tool = {
  program: 'e2fsck',
  purpose: 'checks the root filesystem of a disc (snapdisc verify)',
  debianPackage: 'e2fsprogs',
};

/**
 * What e2fsck says of the root filesystem, of which it needs a whole copy in the folder for temporary files.
 * @throws SnapdiscError `output.*` where there is no room for it, `interrupted.signal`
 */
export async function verifyByE2fsck(
  path: string,
  context: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<Check> {
  if (!(await isInstalled(E2FSCK.program))) return skipped(NAME, 'it is not installed');
  const disc = await openLiveDisc(path);
  const folder = await makeTemporaryFolder('verify').catch(async (error: unknown) => {
    await disc.close();
    throw error;
  });
  try {
    const image = join(folder, 'root.img');
    await writeRootImage(await disc.root(context), image, context);
    context.reporter.stage('Asking e2fsck');
    await run(E2FSCK, ['-fn', image], undefined, context.signal);
    return passed(NAME, 'finds nothing wrong');
  } catch (error) {
    if (!(error instanceof SnapdiscError) || error.code !== 'tool.failed') throw error;
    return failed(NAME, error.message.split('\n').slice(0, 3).join(' '));
  } finally {
    context.reporter.done();
    await disc.close();
    await rm(folder, { recursive: true, force: true });
  }
}
