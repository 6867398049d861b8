import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Ext2Options, Ext2Plan } from '../../src/ext2/index.js';
import { run, type Tool } from '../../src/process.js';
import { type Directory, type RegularFile, walk } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK } from '../../src/units.js';

function e2fsprogs(program: string): Tool {
  return { program, purpose: 'judges the ext2 images', debianPackage: 'e2fsprogs' };
}
const E2FSCK = e2fsprogs('e2fsck');
const DEBUGFS = e2fsprogs('debugfs');

export const OPTIONS: Ext2Options = {
  uuid: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  hashSeed: Buffer.from('ffeeddccbbaa99887766554433221100', 'hex'),
  label: 'live',
  created: 1_700_000_000,
  headroomBytes: 0,
};

/** A directory for one test, removed at its end. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'snapdisc-ext2-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** What a test file without contents of its own holds at a block: its number, all over. */
export function patternBlock(block: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeDoubleLE(block + 0.5);
  return Buffer.alloc(EXT2_BLOCK, number);
}

/** A block of a file as a test made it: its content or the pattern, zeros outside its runs. */
export function contentBlock(file: RegularFile, block: number): Uint8Array {
  const start = block * EXT2_BLOCK;
  const data = Buffer.alloc(Math.min(EXT2_BLOCK, file.size - start));
  const all = file.content?.subarray(start, start + EXT2_BLOCK) ?? patternBlock(block);
  for (const { offset, length } of file.runs) {
    const from = Math.max(0, offset - start);
    const to = Math.min(data.length, offset + length - start);
    if (from < to) data.set(all.subarray(from, to), from);
  }
  return data;
}

/** Blocks that are copied at once. */
const PIECE = 256;
const ZEROS = Buffer.alloc(PIECE * EXT2_BLOCK);

/** Writes the stored image of a plan as a sparse file; file data only where a `root` is given. */
export async function writeStored(
  plan: Ext2Plan,
  root: Directory | undefined,
  path: string,
): Promise<void> {
  const image = await open(path, 'w');
  try {
    await image.truncate(plan.storedBlocks * EXT2_BLOCK);
    for (const { block, data } of plan.metadata()) {
      await image.write(data, 0, data.length, block * EXT2_BLOCK);
    }
    for (const { inode } of root === undefined ? [] : walk(root)) {
      if (inode.kind !== 'file') continue;
      for (const { fileBlock, storedBlock, count } of plan.dataExtents(inode)) {
        for (let first = 0; first < count; first += PIECE) {
          const blocks = Array.from({ length: Math.min(PIECE, count - first) }, (_, index) =>
            contentBlock(inode, fileBlock + first + index),
          );
          const data = Buffer.concat(blocks);
          await image.write(data, 0, data.length, (storedBlock + first) * EXT2_BLOCK);
        }
      }
    }
  } finally {
    await image.close();
  }
}

/** Puts the origin together as device-mapper would: a sparse file that can be checked and mounted. */
export async function assembleOrigin(
  plan: Ext2Plan,
  storedPath: string,
  originPath: string,
): Promise<void> {
  const stored = await open(storedPath);
  const origin = await open(originPath, 'w');
  try {
    await origin.truncate(plan.totalBlocks * EXT2_BLOCK);
    for (const segment of plan.originSegments) {
      if (segment.kind === 'zero') continue;
      const from = segment.kind === 'template' ? plan.imageBlocks + segment.at : segment.at;
      for (let block = 0; block < segment.count; block += PIECE) {
        const data = Buffer.alloc(Math.min(PIECE, segment.count - block) * EXT2_BLOCK);
        await stored.read(data, 0, data.length, (from + block) * EXT2_BLOCK);
        if (!data.equals(ZEROS.subarray(0, data.length))) {
          await origin.write(data, 0, data.length, (segment.start + block) * EXT2_BLOCK);
        }
      }
    }
  } finally {
    await stored.close();
    await origin.close();
  }
}

/**
 * The filesystem of a plan as the kernel would see it, checked by e2fsck. Gives its path. Without a
 * `root` it has no file data, which e2fsck does not look at.
 */
export async function buildImage(
  t: ExecutionContext,
  plan: Ext2Plan,
  root?: Directory,
): Promise<string> {
  const directory = await temporaryDirectory(t);
  const stored = join(directory, 'root.img');
  await writeStored(plan, root, stored);
  if (plan.originSegments.length === 1) {
    await fsck(stored);
    return stored;
  }
  const origin = join(directory, 'origin.img');
  await assembleOrigin(plan, stored, origin);
  await fsck(origin);
  return origin;
}

/** @throws SnapdiscError with what e2fsck found: it must find nothing. */
export async function fsck(path: string): Promise<void> {
  const output = (await run(E2FSCK, ['-fn', path])).toString();
  if (/Fix\?|IGNORED|WARNING/.test(output)) throw new Error(output);
}

/** Output of one debugfs request, read-only. */
export async function debugfs(path: string, request: string): Promise<string> {
  return (await run(DEBUGFS, ['-R', request, path])).toString('latin1');
}
