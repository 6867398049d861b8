import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readDirect } from '../../src/media/direct-reader.js';
import { MIB } from '../../src/units.js';
import { temporaryDirectory } from '../ext2/helpers.js';

/** include/uapi/asm-generic/fcntl.h, which all processors of PCs have. */
const O_DIRECT = 0o40000;

/** With which flags processes that we have started have a file open; the kernel tells. */
async function flagsOfChildren(path: string): Promise<number[]> {
  const { pid } = process;
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')),
  );
  const flags: number[] = [];
  for (const child of lists.join(' ').split(' ').filter(Boolean)) {
    for (const fd of await readdir(`/proc/${child}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${child}/fd/${fd}`).catch(() => '');
      if (target !== path) continue;
      const told = await readFile(`/proc/${child}/fdinfo/${fd}`, 'utf8');
      flags.push(Number.parseInt(/^flags:\s*(\d+)/m.exec(told)?.[1] ?? '', 8));
    }
  }
  return flags;
}

test('what is read back comes from the medium, past the page cache', async (t) => {
  const path = join(await temporaryDirectory(t), 'stick');
  // More than a pipe holds: while we look, it is being read.
  const bytes = Buffer.alloc(16 * MIB, 'what a stick holds');
  await writeFile(path, bytes);
  const pieces: Buffer[] = [];
  let flags: number[] | undefined;
  for await (const piece of readDirect(path, { start: 4096, end: bytes.length })) {
    flags ??= await flagsOfChildren(path);
    pieces.push(piece);
  }
  t.true(Buffer.concat(pieces).equals(bytes.subarray(4096)));
  t.is(flags?.length, 1);
  t.is((flags?.[0] ?? 0) & O_DIRECT, O_DIRECT);
});
