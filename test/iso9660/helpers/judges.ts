import { byteString } from '../../../src/bytes.js';
import { run, stream } from '../../../src/process.js';

/** Other people's tools, which judge our images and make images for us to read. */

const XORRISO = { program: 'xorriso', purpose: 'judges our images', debianPackage: 'xorriso' };
const ISOINFO = { program: 'isoinfo', purpose: 'judges our images', debianPackage: 'genisoimage' };
const MKISOFS = {
  program: 'genisoimage',
  purpose: 'makes images to compare with',
  debianPackage: 'genisoimage',
};

/** Standard output of xorriso, its messages included: any complaint above a note is a failure. */
export async function xorriso(...args: string[]): Promise<string> {
  return xorrisoUpTo('WARNING', ...args);
}

/** The same where only complaints of `severity` and above are failures. */
export async function xorrisoUpTo(
  severity: 'WARNING' | 'SORRY' | 'FAILURE',
  ...args: string[]
): Promise<string> {
  const limits = ['-no_rc', '-abort_on', severity, '-return_with', severity, '32'];
  return byteString(await run(XORRISO, [...limits, ...args]));
}

/** xorriso as mkisofs, for images to compare with. */
export async function xorrisofs(...args: string[]): Promise<void> {
  await run(XORRISO, ['-no_rc', '-as', 'mkisofs', '-quiet', ...args]);
}

/** The first 512 bytes of what xorriso as mkisofs writes to its standard output. */
export async function firstSector(...args: string[]): Promise<Buffer> {
  const start: Buffer[] = [];
  for await (const piece of stream(XORRISO, ['-as', 'mkisofs', '-quiet', ...args])) {
    start.push(piece);
    if (Buffer.concat(start).length >= 512) break;
  }
  return Buffer.concat(start).subarray(0, 512);
}

export async function genisoimage(...args: string[]): Promise<void> {
  await run(MKISOFS, ['-quiet', ...args]);
}

export async function isoinfo(...args: string[]): Promise<string> {
  return byteString(await run(ISOINFO, args));
}

/** What libblkid sees in an image, a line for each value. */
export async function blkid(image: string): Promise<string> {
  const tool = { program: 'blkid', purpose: 'judges our images', debianPackage: 'util-linux' };
  return byteString(await run(tool, ['-p', '-o', 'export', image]));
}
