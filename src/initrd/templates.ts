/** The files of init-templates/ that become part of every initrd. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { byteString, byteStringFromText, bytesOf } from '../bytes.js';
import { type CpioRecord, staticFile } from '../cpio/newc.js';

export interface Templates {
  /** Everything below init-templates/initrd, at its place in the initrd, without comments. */
  readonly scripts: readonly CpioRecord[];
  /** init-templates/modules.list. */
  readonly moduleList: string;
}

/** Both src/initrd and dist/initrd lie two levels below the package. */
const TEMPLATES = fileURLToPath(new URL('../../init-templates/', import.meta.url));

export async function readTemplates(folder = TEMPLATES): Promise<Templates> {
  const top = join(folder, 'initrd');
  const names = (await readdir(top, { recursive: true })).sort();
  const scripts: CpioRecord[] = [];
  for (const name of names) {
    const status = await stat(join(top, name));
    if (!status.isFile()) continue;
    // Only whether it is executable: the other bits depend on the umask of whoever installed us.
    const mode = (status.mode & 0o100) === 0 ? 0o644 : 0o755;
    const content = withoutComments(await readFile(join(top, name)));
    scripts.push(staticFile(byteStringFromText(name), content, mode));
  }
  return { scripts, moduleList: await readFile(join(folder, 'modules.list'), 'utf8') };
}

/**
 * A script without the lines that are comments: they are for us, and a third of what the initrd's
 * scripts would take from the memory of a small machine. No here-document of ours has such lines. Pure.
 */
export function withoutComments(script: Uint8Array): Buffer {
  return bytesOf(byteString(script).replace(/^[ \t]*#(?!!).*\n/gm, ''));
}
