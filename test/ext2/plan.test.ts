import test from 'ava';
import { planExt2 } from '../../src/ext2/index.js';
import { EXT2_BLOCK, GIB } from '../../src/units.js';
import { directory, tortureTree } from '../fixtures/torture-tree.js';
import { buildImage, OPTIONS } from './helpers.js';

test('an empty tree makes a clean image', async (t) => {
  const root = directory();
  const plan = planExt2(root, OPTIONS);
  await buildImage(t, plan, root);
  t.is(plan.freeBlocks, 0);
});

test('the torture tree makes a clean image', async (t) => {
  const { root } = tortureTree();
  const plan = planExt2(root, OPTIONS);
  await buildImage(t, plan, root);
  t.is(plan.freeBlocks, 0);
});

for (const gib of [0.001, 1, 16]) {
  test(`a headroom of ${gib} GiB is clean, free and not stored`, async (t) => {
    const { root } = tortureTree();
    const headroomBytes = Math.round(gib * GIB);
    const plan = planExt2(root, { ...OPTIONS, headroomBytes });
    await buildImage(t, plan, root);
    t.true(plan.freeBlocks * EXT2_BLOCK >= headroomBytes);
    t.true(plan.freeInodes * 65536 >= headroomBytes);
    t.is(plan.storedFreeBlocks, 0);
    t.is(plan.totalBlocks % plan.blocksPerGroup, 0);
    t.log(plan.storedBlocks, plan.totalBlocks, plan.originSegments.length);
  });
}
