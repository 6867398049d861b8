import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { silentReporter } from '../../src/build/report.js';
import type { ByteString } from '../../src/bytes.js';
import { planExt2 } from '../../src/ext2/index.js';
import { run, type Tool } from '../../src/process.js';
import type { FileChunk } from '../../src/rootfs/source.js';
import type { Directory, RegularFile } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK } from '../../src/units.js';
import { contentBlock, OPTIONS, temporaryDirectory, writeStored } from '../ext2/helpers.js';

export const CONTEXT = { reporter: silentReporter, signal: undefined };

export const judge = (program: string, debianPackage = program): Tool => ({
  program,
  purpose: 'judges what was extracted',
  debianPackage,
});

export interface TestDisc {
  readonly folder: string;
  readonly iso: string;
}

/** A disc with this root filesystem, a kernel and an initrd that are none. */
export async function discOf(
  t: ExecutionContext,
  root: Directory,
  headroomBytes = 0,
): Promise<TestDisc> {
  const folder = await temporaryDirectory(t);
  const live = join(folder, 'disc/live');
  await mkdir(live, { recursive: true });
  await writeStored(planExt2(root, { ...OPTIONS, headroomBytes }), root, join(live, 'root.img'));
  await writeFile(join(live, 'vmlinuz'), 'kernel');
  await writeFile(join(live, 'initrd.img'), 'initrd'.repeat(1000));
  return { folder, iso: await isoOf(folder) };
}

/** The disc of what is in `folder`/disc, made by xorriso. */
export async function isoOf(folder: string): Promise<string> {
  const iso = join(folder, 'live.iso');
  const made = ['-as', 'mkisofs', '-quiet', '-R', '-o', iso, join(folder, 'disc')];
  await run(judge('xorriso'), made);
  return iso;
}

/** The data that writeStored gives a file. */
export async function* dataOf(file: RegularFile): AsyncGenerator<FileChunk> {
  for (const { offset, length } of file.runs) {
    for (let at = offset; at < offset + length; ) {
      const block = Math.floor(at / EXT2_BLOCK);
      const end = Math.min(offset + length, (block + 1) * EXT2_BLOCK);
      const data = contentBlock(file, block).subarray(at % EXT2_BLOCK);
      yield { file, offset: at, data: data.subarray(0, end - at) };
      at = end;
    }
  }
}

/**
 * Lines of a description without what an extracted tree cannot keep: sockets (neither tar nor mknod has
 * them), the links of directories (file systems differ), parts of microseconds.
 */
export function comparable(description: ReadonlyMap<ByteString, string>): Map<ByteString, string> {
  const lines = new Map<ByteString, string>();
  for (const [path, line] of description) {
    if (line.startsWith('socket ')) continue;
    lines.set(path, line.replace(/^(directory \S+ \S+) \d+/, '$1').replace(/@(-?\d+)\d{3}/, '@$1'));
  }
  return lines;
}
