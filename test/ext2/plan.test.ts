import { statfs } from 'node:fs/promises';
import test from 'ava';
import { groupOverhead } from '../../src/ext2/geometry.js';
import { planExt2 } from '../../src/ext2/index.js';
import type { Directory } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK, GIB, roundUp } from '../../src/units.js';
import { attributes, directory, file, tortureTree } from '../fixtures/torture-tree.js';
import { buildImage, OPTIONS } from './helpers.js';
import { whileMounted } from './mount.js';

test('an empty tree makes a clean image without a free block', async (t) => {
  const root = directory();
  const plan = planExt2(root, OPTIONS);
  await buildImage(t, plan, root);
  t.is(plan.freeBlocks, 0);
  t.true(plan.freeInodes > 0);
  t.is(plan.totalBlocks, plan.storedBlocks);
});

for (const gib of [0.001, 0.2, 1, 16]) {
  test(`a headroom of ${gib} GiB is clean, free and not stored`, async (t) => {
    const { root } = tortureTree();
    const headroomBytes = Math.round(gib * GIB);
    const plan = planExt2(root, { ...OPTIONS, headroomBytes });
    const image = await buildImage(t, plan, root);
    t.true(plan.freeBlocks * EXT2_BLOCK >= headroomBytes);
    t.true(plan.freeInodes * 65536 >= headroomBytes);
    t.is(plan.storedFreeBlocks, 0);
    t.is(plan.totalBlocks % plan.blocksPerGroup, 0);
    // A MiB of data and what it takes to have 2,048 inodes a group.
    t.true(plan.storedBlocks < 300);
    await whileMounted(t, image, 'ext4', async (top) => {
      const free = await statfs(top);
      t.is(free.bavail, plan.freeBlocks);
      t.is(free.ffree, plan.freeInodes);
    });
  });
}

function oneFileOf(blocks: number): Directory {
  const size = blocks * EXT2_BLOCK;
  const runs = [{ offset: 0, length: size }];
  return directory({ big: { ...attributes(), kind: 'file', size, runs } });
}

// Around these sizes the image grows a second group, at first too small for its own metadata.
const OVERHEAD = groupOverhead({ descriptorBlocks: 1, inodesPerGroup: 32 }, 0);
/** Two directories, a single, a double and 31 lower indirect blocks. */
const NOT_DATA = 2 + 1 + 1 + 31;
const FULL_GROUP = 32_768 - OVERHEAD - NOT_DATA;

for (const blocks of [-1, 0, 1, 3].map((more) => FULL_GROUP + more)) {
  for (const headroomBytes of [0, 1]) {
    test(`${blocks} blocks of data and ${headroomBytes} bytes of headroom are clean`, async (t) => {
      const plan = planExt2(oneFileOf(blocks), { ...OPTIONS, headroomBytes });
      await buildImage(t, plan);
      t.true(plan.storedFreeBlocks <= 8 * plan.groupCount);
      if (headroomBytes === 0) t.is(plan.groupCount, blocks <= FULL_GROUP ? 1 : 2);
    });
  }
}

test('groups shrink when inodes, not blocks, ask for more of them', async (t) => {
  for (const count of [32_700, 32_760, 33_000, 66_000]) {
    const files = Array.from({ length: count }, (_, index) => [`f${index}`, file()] as const);
    const root = directory(files);
    const plan = planExt2(root, OPTIONS);
    await buildImage(t, plan);
    t.is(plan.groupCount, Math.ceil((count + 11 + 16) / 32_768));
    t.is(plan.blocksPerGroup < 32_768, plan.groupCount > 1);
    t.true(plan.storedFreeBlocks < plan.storedBlocks * 0.01);
    t.true(plan.storedBlocks < roundUp(count, 16) / 16 + count / 170);
  }
});
