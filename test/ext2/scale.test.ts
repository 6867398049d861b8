import test from 'ava';
import { planExt2 } from '../../src/ext2/index.js';
import type { Directory, Inode } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK, GIB } from '../../src/units.js';
import { attributes, directory, file } from '../fixtures/torture-tree.js';
import { buildImage, debugfs, OPTIONS } from './helpers.js';

function emptyFiles(count: number, perDirectory: number): Directory {
  const directories = new Map<string, Inode>();
  for (let first = 0; first < count; first += perDirectory) {
    const entries = new Map<string, Inode>();
    for (let index = first; index < first + perDirectory; index++) {
      entries.set(`file-${index}`, file());
    }
    directories.set(`directory-${first}`, directory(entries));
  }
  return directory(directories);
}

for (const headroomBytes of [0, 16 * GIB]) {
  test(`100,000 empty files with ${headroomBytes / GIB} GiB of headroom`, async (t) => {
    const root = emptyFiles(100_000, 500);
    const plan = planExt2(root, { ...OPTIONS, headroomBytes });
    await buildImage(t, plan, root);
    t.true(plan.storedFreeBlocks < plan.storedBlocks * 0.01);
    // Four groups' inode tables and the directories; nothing else to speak of.
    t.true(plan.storedBlocks < (100_000 / 16) * 1.2);
    t.true(plan.freeInodes > 0);
  });
}

test('a directory with 50,000 entries', async (t) => {
  const root = directory({ big: emptyFiles(50_000, 50_000) });
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const listing = await debugfs(image, 'ls -p /big/directory-0');
  t.is(listing.match(/file-\d+/g)?.length, 50_000);
});

test('200,000 files are planned and encoded, and nothing twice', (t) => {
  const plan = planExt2(emptyFiles(200_000, 100), OPTIONS);
  const written = new Set<number>();
  for (const { block, data } of plan.metadata()) {
    for (let at = 0; at < data.length; at += EXT2_BLOCK) {
      t.false(written.has(block + at / EXT2_BLOCK));
      written.add(block + at / EXT2_BLOCK);
    }
  }
  // All of such an image is metadata, and next to nothing of it zeros.
  const used = plan.storedBlocks - plan.storedFreeBlocks;
  t.true(written.size <= used && written.size > used * 0.99, `${written.size} of ${used}`);
  t.true(plan.inodeCount - plan.freeInodes > 202_000);
});

test('2,000 inodes with the same xattrs take two blocks for them', async (t) => {
  const xattrs = [{ name: 'security.selinux', value: Buffer.from('system_u:object_r:etc_t:s0\0') }];
  const files = Array.from({ length: 2000 }, (_, index): [string, Inode] => {
    return [`file-${index}`, { ...attributes({ xattrs: [...xattrs] }), kind: 'fifo' }];
  });
  const root = directory(files);
  const plain = directory(files.map(([name]) => [name, { ...attributes(), kind: 'fifo' }]));
  const plan = planExt2(root, OPTIONS);
  await buildImage(t, plan, root);
  t.is(plan.storedBlocks - planExt2(plain, OPTIONS).storedBlocks, 2);
});

test('a file with 500,000 holes is placed from behind, block by block', (t) => {
  const count = 500_000;
  const runs = Array.from({ length: count }, (_, index) => {
    return { offset: 2 * index * EXT2_BLOCK, length: EXT2_BLOCK };
  });
  const sparse: Inode = { ...attributes(), kind: 'file', size: 2 * count * EXT2_BLOCK, runs };
  const placement = Array.from({ length: count }, (_, index) => {
    return { inode: sparse, firstBlock: 2 * (count - 1 - index), count: 1 };
  });
  const extents = planExt2(directory({ sparse }), { ...OPTIONS, placement }).dataExtents(sparse);
  t.is(extents.length, count);
  const places = extents.map(({ storedBlock }) => storedBlock);
  t.deepEqual(
    places,
    places.toSorted((a, b) => b - a),
  );
});
