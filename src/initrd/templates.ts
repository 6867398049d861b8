/** The files of init-templates/ that become part of every initrd. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ByteString, byteString, byteStringFromText, bytesOf } from '../bytes.js';
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
  return {
    scripts: withStagesInside(await readScripts(folder)),
    moduleList: await readFile(join(folder, 'modules.list'), 'utf8'),
  };
}

/** The scripts as they lie in init-templates/initrd, without comments. */
export async function readScripts(folder = TEMPLATES): Promise<CpioRecord[]> {
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
  return scripts;
}

/** The line by which init takes in a file of stages. */
const SOURCED = /^\. \/(lib\/live\/[^/\n]+)\n/gm;

/**
 * The files that only init sources become part of it: a file takes whole pages of memory, of which the
 * smallest machines have few. Pure.
 */
export function withStagesInside(scripts: readonly CpioRecord[]): CpioRecord[] {
  const contents = new Map(scripts.map(({ name, content }) => [name, byteString(content)]));
  const inside = new Set<ByteString>();
  const whole = scripts.map((script) => {
    if (script.name !== 'init') return script;
    const content = byteString(script.content).replace(SOURCED, (line, name: ByteString) => {
      const stages = contents.get(name);
      if (stages === undefined) return line;
      inside.add(name);
      return stages;
    });
    return { ...script, content: bytesOf(content) };
  });
  return whole.filter(({ name }) => !inside.has(name));
}

/**
 * A script without the lines that are comments: they are for us, and a third of what the initrd's
 * scripts would take from the memory of a small machine. No here-document of ours has such lines. Pure.
 */
export function withoutComments(script: Uint8Array): Buffer {
  return bytesOf(byteString(script).replace(/^[ \t]*#(?!!).*\n/gm, ''));
}
