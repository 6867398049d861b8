import { readFile } from 'node:fs/promises';
import { run } from '../src/process.js';
import type { DebianArchitecture } from '../test/fixtures/debian.js';
import { extractInitrd } from './disc-initrd.js';
import { packingOf, readNewcArchives } from './initrd-pages.js';
import { type Bench, type Inputs, tool } from './inputs.js';
import type { Figure } from './table.js';

/** live-boot's and dracut's, Debian 12, the same packages. */
const BEFORE: Record<DebianArchitecture, { packed: string; unpacked: string }> = {
  i386: { packed: 'live-boot 31.2 MB', unpacked: 'live-boot 80.1 MB' },
  amd64: { packed: 'live-boot 42.9 MB, dracut 39.6', unpacked: 'live-boot 153.8 MB, dracut 134.9' },
};

/** What is in memory while the kernel unpacks the initrd: it decides how small a machine can boot. */
export async function benchInitrd(bench: Bench, inputs: Inputs): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const arch of ['i386', 'amd64'] satisfies DebianArchitecture[]) {
    const file = await extractInitrd(await inputs.disc(arch), bench.folder);
    const initrd = await readFile(file);
    const pages = await unpackedPages(initrd);
    const before = BEFORE[arch];
    const row = (what: string, value: number, earlier?: string): Figure => ({
      metric: `Initrd of Debian ${arch}, ${what}`,
      unit: 'MB',
      value,
      ...(earlier === undefined ? {} : { before: earlier }),
    });
    figures.push(row('packed', initrd.length, before.packed));
    figures.push(row('unpacked, in whole pages', pages, before.unpacked));
    figures.push(row('both, at their peak', initrd.length + pages));
  }
  return figures;
}

/** Bytes of memory that the unpacked files fill. */
async function unpackedPages(initrd: Uint8Array): Promise<number> {
  const { pageBytes, end } = readNewcArchives(initrd);
  const rest = initrd.subarray(end);
  if (rest.length === 0) return pageBytes;
  const packing = packingOf(rest);
  if (packing === undefined) throw new Error(`the initrd has something unknown at byte ${end}`);
  const debianPackage = packing === 'xz' ? 'xz-utils' : packing;
  const unpacked = await run(tool(packing, debianPackage), ['-dc'], rest);
  return pageBytes + (await unpackedPages(unpacked));
}
