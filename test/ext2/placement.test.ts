import test from 'ava';
import { type BlockRange, planExt2 } from '../../src/ext2/index.js';
import type { Directory, Inode, RegularFile } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK } from '../../src/units.js';
import { attributes, directory, symlink } from '../fixtures/torture-tree.js';
import { buildImage, debugfs, OPTIONS } from './helpers.js';

function blocks(count: number): RegularFile {
  const size = count * EXT2_BLOCK;
  return { ...attributes(), kind: 'file', size, runs: [{ offset: 0, length: size }] };
}

function whole(inode: Inode): BlockRange {
  return { inode, firstBlock: 0, count: 1_000_000 };
}

/** Where the content begins, behind the group's own metadata. */
function firstContentBlock(root: Directory): number {
  const first = blocks(1);
  const empty = { ...root, entries: new Map<string, Inode>([['only', first]]) };
  const [extent] = planExt2(empty, OPTIONS).dataExtents(first);
  // Behind the two directories.
  return (extent?.storedBlock ?? 0) - 2;
}

test('without placement files follow directories in tree order, one after the other', (t) => {
  const [a, b, c] = [blocks(3), blocks(5), blocks(2)];
  const root = directory({ c, a, sub: directory({ b }) });
  const plan = planExt2(root, OPTIONS);
  const start = firstContentBlock(root) + 3;
  t.deepEqual(plan.dataExtents(a), [{ fileBlock: 0, storedBlock: start, count: 3 }]);
  t.deepEqual(plan.dataExtents(c), [{ fileBlock: 0, storedBlock: start + 3, count: 2 }]);
  t.deepEqual(plan.dataExtents(b), [{ fileBlock: 0, storedBlock: start + 5, count: 5 }]);
});

test('an indirect block lies before the blocks that are read with the first it maps', (t) => {
  const file = blocks(12 + 1024 + 2);
  const root = directory({ file });
  const start = firstContentBlock(root) + 2;
  t.deepEqual(planExt2(root, OPTIONS).dataExtents(file), [
    { fileBlock: 0, storedBlock: start, count: 4 },
    { fileBlock: 4, storedBlock: start + 5, count: 1032 },
    { fileBlock: 1036, storedBlock: start + 13 + 1024 + 2, count: 2 },
  ]);
});

test('indirect blocks lie where placement wants them, those of a hole nowhere', (t) => {
  const file = blocks(12 + 1024 + 2);
  const hole: RegularFile = { ...blocks(40), runs: [{ offset: 0, length: EXT2_BLOCK }] };
  const root = directory({ file, hole });
  const placement: BlockRange[] = [
    { inode: file, firstBlock: 12, count: 1024, isIndirect: true },
    { inode: hole, firstBlock: 12, count: 1024, isIndirect: true },
    { inode: file, firstBlock: 0, count: 8 },
  ];
  const plan = planExt2(root, { ...OPTIONS, placement });
  const start = firstContentBlock(root) + 1;
  // Behind the root and the indirect block.
  t.deepEqual(plan.dataExtents(file)[0], { fileBlock: 0, storedBlock: start + 1, count: 8 });
  t.is(plan.storedBlocks, planExt2(root, OPTIONS).storedBlocks);
});

test('placed blocks come first, behind the directories that lead to them', (t) => {
  const [cold, hot] = [blocks(4), blocks(4)];
  const root = directory({ cold, a: directory({ b: directory({ hot }) }) });
  const placement: BlockRange[] = [
    { inode: hot, firstBlock: 2, count: 1 },
    { inode: hot, firstBlock: 1, count: 2 },
    { inode: cold, firstBlock: 3, count: 9 },
  ];
  const plan = planExt2(root, { ...OPTIONS, placement });
  const start = firstContentBlock(root);
  // The root, a and b; then blocks 2 and 1 of the hot file, then block 3 of the cold one.
  t.deepEqual(plan.dataExtents(hot).slice(1), [
    { fileBlock: 1, storedBlock: start + 4, count: 1 },
    { fileBlock: 2, storedBlock: start + 3, count: 1 },
    // Its rest precedes the rest of the cold one, as in the tree.
    { fileBlock: 3, storedBlock: plan.storedBlocks - 4, count: 1 },
  ]);
  t.is(plan.dataExtents(cold).at(-1)?.storedBlock, start + 5);
});

test('what is hot lies before all else, and the plan tells where it ends', (t) => {
  const [cold, warm, hot] = [blocks(4), blocks(4), blocks(4)];
  const root = directory({ cold, warm, a: directory({ hot }) });
  const options = { ...OPTIONS, hot: [{ inode: hot, firstBlock: 1, count: 2 }] };
  const plan = planExt2(root, { ...options, placement: [whole(warm), whole(hot)] });
  const start = firstContentBlock(root);
  // The root and a lead there.
  t.is(plan.hotBlocks, start + 4);
  t.deepEqual(plan.dataExtents(warm), [{ fileBlock: 0, storedBlock: start + 4, count: 4 }]);
  t.deepEqual(plan.dataExtents(hot), [
    { fileBlock: 0, storedBlock: start + 8, count: 1 },
    { fileBlock: 1, storedBlock: start + 2, count: 2 },
    { fileBlock: 3, storedBlock: start + 9, count: 1 },
  ]);
  t.is(planExt2(root, { ...OPTIONS, placement: [whole(hot)] }).hotBlocks, 0);
});

test('of what is hot, all that is no file data lies first, and the plan tells where it ends', async (t) => {
  const [file, hot, long] = [blocks(12 + 1024 + 2), blocks(1), symlink('x'.repeat(100))];
  const sub = directory({ hot });
  const root = directory({ cold: directory({}), file, long, sub });
  const ranges: BlockRange[] = [
    { inode: file, firstBlock: 0, count: 2 },
    whole(long),
    { inode: file, firstBlock: 2, count: 1 },
    { inode: file, firstBlock: 12, count: 1024, isIndirect: true },
    whole(hot),
    whole(sub),
  ];
  const plan = planExt2(root, { ...OPTIONS, hot: ranges });
  const start = firstContentBlock(root);
  // The root leads to the others, which follow in their order.
  t.is(plan.hotMetadataBlocks, start + 4);
  t.is(plan.hotBlocks, plan.hotMetadataBlocks + 4);
  const image = await buildImage(t, plan, root);
  const blocksOf = async (path: string) => (await debugfs(image, `blocks ${path}`)).trim();
  t.is(await blocksOf('/'), String(start));
  t.is(await blocksOf('/long'), String(start + 1));
  t.regex(await debugfs(image, 'stat /file'), new RegExp(`\\(IND\\):${start + 2}\\b`));
  t.is(await blocksOf('/sub'), String(start + 3));
  t.deepEqual(plan.dataExtents(file)[0], { fileBlock: 0, storedBlock: start + 4, count: 3 });
  t.is(plan.dataExtents(hot)[0]?.storedBlock, start + 7);
  t.true(Number(await blocksOf('/cold')) >= plan.hotBlocks);

  // Without any data, all of it is metadata; without anything hot, nothing is.
  const metadata = planExt2(root, { ...OPTIONS, hot: [whole(long)] });
  t.is(metadata.hotMetadataBlocks, start + 2);
  t.is(metadata.hotBlocks, start + 2);
  t.is(planExt2(root, { ...OPTIONS, placement: ranges }).hotMetadataBlocks, 0);
});

test("hot xattrs are no data, a file's neither", async (t) => {
  const xattrs = [{ name: 'security.capability', value: Buffer.alloc(20, 1) }];
  const [ping, hot] = [{ ...blocks(1), xattrs }, blocks(4)];
  const root = directory({ hot, ping });
  const xattrOf = { inode: ping, firstBlock: 0, count: 0, isXattr: true };
  const plan = planExt2(root, { ...OPTIONS, hot: [whole(hot), xattrOf, whole(ping)] });
  const start = firstContentBlock(root);
  // The root leads there.
  t.is(plan.hotMetadataBlocks, start + 2);
  const image = await buildImage(t, plan, root);
  t.regex(await debugfs(image, 'stat /ping'), new RegExp(`File ACL: ${start + 1}\\b`));
  t.is(plan.dataExtents(hot)[0]?.storedBlock, start + 2);
  t.is(plan.dataExtents(ping)[0]?.storedBlock, start + 6);
});

test('a directory that placement names lies where it is named', async (t) => {
  const hot = blocks(1);
  const sub = directory({ hot });
  const root = directory({ sub });
  const placement = [whole(hot), whole(sub), whole(root)];
  const plan = planExt2(root, { ...OPTIONS, placement });
  const start = firstContentBlock(root);
  t.is(plan.dataExtents(hot)[0]?.storedBlock, start);
  const image = await buildImage(t, plan, root);
  t.is((await debugfs(image, 'blocks /sub')).trim(), String(start + 1));
  t.is((await debugfs(image, 'blocks /')).trim(), String(start + 2));
});

test('hot inodes have the first numbers, leading directories included', async (t) => {
  const [hot, hotter] = [blocks(1), symlink('x'.repeat(100))];
  const sub = directory({ aaa: blocks(1), hot });
  const root = directory({ aa: blocks(1), bb: directory({ cold: blocks(1) }), hotter, sub });
  const placement = [whole(hotter), whole(hot), whole(hotter)];
  const image = await buildImage(t, planExt2(root, { ...OPTIONS, placement }), root);
  const number = async (path: string) =>
    Number(/Inode: (\d+)/.exec(await debugfs(image, `stat ${path}`))?.[1]);
  t.is(await number('/lost+found'), 11);
  t.is(await number('/hotter'), 12);
  t.is(await number('/sub'), 13);
  t.is(await number('/sub/hot'), 14);
  t.is(await number('/aa'), 15);
});

test('the caller names the root by its own object', (t) => {
  const root = directory({ file: blocks(1) });
  const plan = planExt2(root, { ...OPTIONS, placement: [whole(root)] });
  t.is(root.entries.size, 1);
  t.is(plan.storedBlocks, planExt2(root, OPTIONS).storedBlocks);
});
