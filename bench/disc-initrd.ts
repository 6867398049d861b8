import path from 'node:path';
import { run } from '../src/process.js';
import { tool } from './inputs.js';

/** Takes the initrd out of a disc with xorriso; gives its path in `folder`. */
export async function extractInitrd(iso: string, folder: string): Promise<string> {
  const file = path.join(folder, `${path.basename(iso, '.iso')}-initrd.img`);
  const args = ['-osirrox', 'on', '-indev', iso, '-extract', '/live/initrd.img', file];
  await run(tool('xorriso', 'xorriso'), args);
  return file;
}
