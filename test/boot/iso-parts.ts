import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../../src/process.js';

const XORRISO = { program: 'xorriso', purpose: 'takes files off a disc', debianPackage: 'xorriso' };

/** A folder that goes when the test ends. */
export async function scratchFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a disk's image with nothing on it. */
export async function emptyDisk(t: ExecutionContext, sizeMiB: number): Promise<string> {
  const file = join(await scratchFolder(t), 'disk');
  await writeFile(file, '');
  await truncate(file, sizeMiB * 1024 * 1024);
  return file;
}

/** A disc's kernel and initrd as files, for machines that start without it. */
export async function kernelOf(
  t: ExecutionContext,
  iso: string,
): Promise<{ kernel: string; initrd: string }> {
  const folder = await scratchFolder(t);
  const [kernel, initrd] = [join(folder, 'vmlinuz'), join(folder, 'initrd.img')];
  const take = ['-extract', '/live/vmlinuz', kernel, '-extract', '/live/initrd.img', initrd];
  await run(XORRISO, ['-osirrox', 'on', '-indev', iso, ...take]);
  return { kernel, initrd };
}
