import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {
  type BlockRange,
  type Ext2Options,
  type Ext2Plan,
  planExt2,
} from '../../src/ext2/index.js';
import type { Directory, RegularFile } from '../../src/rootfs/tree.js';
import { describeImage, describeTree } from './describe.js';
import { assembleOrigin, fsck, OPTIONS, temporaryDirectory, writeStored } from './helpers.js';
import { randomPlacement, randomTree } from './random-trees.js';

/** Builds, checks and reads an image back, in `directory`, again and again. */
async function roundTrip(directory: string, root: Directory, options: Ext2Options) {
  const plan = planExt2(root, options);
  const stored = join(directory, 'root.img');
  const origin = join(directory, 'origin.img');
  await writeStored(plan, root, stored);
  await assembleOrigin(plan, stored, origin);
  await fsck(origin);
  const description = await describeImage(origin);
  await Promise.all([rm(stored), rm(origin)]);
  return { plan, description };
}

/** Blocks of a hot range that lie where nothing hot should. */
function outsideHotBlocks(plan: Ext2Plan, range: BlockRange): number[] {
  const { inode, firstBlock, count, isIndirect } = range;
  if (inode.kind !== 'file' || isIndirect || !knows(plan, inode)) return [];
  return plan.dataExtents(inode).flatMap(({ fileBlock, storedBlock, count: blocks }) => {
    const all = Array.from({ length: blocks }, (_, index) => index);
    return all
      .filter((index) => fileBlock + index >= firstBlock && fileBlock + index < firstBlock + count)
      .map((index) => storedBlock + index)
      .filter((block) => block >= plan.hotBlocks);
  });
}

/** Whether a file is in the plan's tree. */
function knows(plan: Ext2Plan, file: RegularFile): boolean {
  try {
    plan.dataExtents(file);
    return true;
  } catch {
    return false;
  }
}

test('any tree comes out of a clean image as it went in', async (t) => {
  const directory = await temporaryDirectory(t);
  const headroom = fc.constantFrom(0, 1, 300 * 2 ** 20, 2 ** 31);
  const property = fc.asyncProperty(randomTree, headroom, async (root, headroomBytes) => {
    const { plan, description } = await roundTrip(directory, root, { ...OPTIONS, headroomBytes });
    t.deepEqual(description, describeTree(root));
    t.true(plan.storedFreeBlocks <= plan.storedBlocks * 0.01);
    t.true(plan.freeBlocks * 4096 >= headroomBytes);
  });
  await t.notThrowsAsync(() => fc.assert(property, { numRuns: 40, endOnFailure: true }));
});

test('any placement makes a clean image with the same contents', async (t) => {
  const directory = await temporaryDirectory(t);
  const placed = randomTree.chain((root) =>
    fc.tuple(fc.constant(root), randomPlacement(root), randomPlacement(root)),
  );
  const property = fc.asyncProperty(placed, async ([root, hot, placement]) => {
    const { plan, description } = await roundTrip(directory, root, { ...OPTIONS, hot, placement });
    t.deepEqual(description, describeTree(root));
    t.is(plan.storedBlocks, planExt2(root, OPTIONS).storedBlocks);
    for (const range of hot) t.true(outsideHotBlocks(plan, range).length === 0);
  });
  await t.notThrowsAsync(() => fc.assert(property, { numRuns: 40, endOnFailure: true }));
});
