/** Takes initrds apart, with cpio, gzip and xz as judges. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../../../src/process.js';

const SHELL = { program: 'sh', purpose: 'judges', debianPackage: 'dash' };
const HEADER = 110;

/** The uncompressed archive at an initrd's start, and the compressed one behind it. */
export interface InitrdParts {
  readonly first: Buffer;
  readonly compressed: Buffer;
  readonly compression: 'gzip' | 'xz';
}

/** Finds the border as the kernel does: by reading records up to the trailer and its padding. */
export function partsOf(initrd: Buffer): InitrdParts {
  let at = 0;
  for (let name = ''; name !== 'TRAILER!!!'; ) {
    const field = (n: number) =>
      Number.parseInt(initrd.toString('latin1', at + 6 + 8 * n, at + 14 + 8 * n), 16);
    if (initrd.toString('latin1', at, at + 6) !== '070701') throw new Error(`no record at ${at}`);
    const [size, nameSize] = [field(6), field(11)];
    name = initrd.toString('latin1', at + HEADER, at + HEADER + nameSize - 1);
    at = (((at + HEADER + nameSize + 3) & ~3) + size + 3) & ~3;
  }
  while (initrd[at] === 0) at += 1;
  const compressed = initrd.subarray(at);
  const magic = compressed.toString('hex', 0, 6);
  if (magic === 'fd377a585a00')
    return { first: initrd.subarray(0, at), compressed, compression: 'xz' };
  if (!magic.startsWith('1f8b')) throw new Error(`unknown bytes ${magic} at ${at}`);
  return { first: initrd.subarray(0, at), compressed, compression: 'gzip' };
}

/** An empty folder that goes when the test ends. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-initrd-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The root that the kernel makes of `initrd`: a folder that goes when the test ends. */
export async function unpacked(t: ExecutionContext, initrd: Buffer): Promise<string> {
  const { first, compressed, compression } = partsOf(initrd);
  const top = join(await temporaryFolder(t), 'root');
  await mkdir(top);
  await unpackArchive(first, top);
  await unpackArchive(compressed, top, compression);
  return top;
}

/** Unpacks an archive into the folder `top`. */
export async function unpackArchive(
  archive: Buffer,
  top: string,
  compression: 'gzip' | 'xz' | 'cat' = 'cat',
): Promise<void> {
  const unpack = compression === 'cat' ? 'cat' : `${compression} -dc`;
  await run(SHELL, ['-ec', `cd "$1"; ${unpack} | cpio -idmu --quiet`, 'sh', top], archive);
}

/** Names of the records in a compressed archive, as cpio lists them. */
export async function namesIn(archive: string): Promise<string[]> {
  const unpack = { '.xz': 'xz -dc', '.gz': 'gzip -dc' }[archive.slice(-3)] ?? 'cat';
  const script = `${unpack} "$1" | cpio -it --quiet`;
  return (await run(SHELL, ['-ec', script, 'sh', archive])).toString().trim().split('\n');
}

/** One file of a compressed archive. */
export async function fileIn(archive: string, name: string): Promise<Buffer> {
  const unpack = { '.xz': 'xz -dc', '.gz': 'gzip -dc' }[archive.slice(-3)] ?? 'cat';
  const script = `${unpack} "$1" | cpio -i --to-stdout --quiet "$2"`;
  return run(SHELL, ['-ec', script, 'sh', archive, name]);
}
