import { open } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Ext2Image, planExt2 } from '../../src/ext2/index.js';
import { MAX_FILE_BLOCKS } from '../../src/ext2/indirect.js';
import type { RegularFile } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK, GIB } from '../../src/units.js';
import { attributes, directory } from '../fixtures/torture-tree.js';
import { buildImage, fsck, OPTIONS, patternBlock } from './helpers.js';
import { whileMounted } from './mount.js';

/** A file with data in the given blocks and holes everywhere else. */
function sparseFile(blocks: readonly number[], lastBytes: number = EXT2_BLOCK): RegularFile {
  const last = blocks.at(-1) ?? 0;
  const runs = blocks.map((block) => {
    return { offset: block * EXT2_BLOCK, length: block === last ? lastBytes : EXT2_BLOCK };
  });
  return { ...attributes(), kind: 'file', size: last * EXT2_BLOCK + lastBytes, runs };
}

const SINGLE_END = 12 + 1024;
const DOUBLE_END = SINGLE_END + 1024 ** 2;

/** Blocks on both sides of every boundary of the block map. */
const FILES: Record<string, readonly number[]> = {
  'last-direct': [10, 11],
  'first-indirect': [11, 12],
  'second-indirect': [0, 12, 13],
  'last-single': [SINGLE_END - 2, SINGLE_END - 1],
  'first-double': [SINGLE_END - 1, SINGLE_END],
  'second-double': [SINGLE_END, SINGLE_END + 1],
  'double-leaves': [SINGLE_END + 1023, SINGLE_END + 1024],
  'last-double': [DOUBLE_END - 2, DOUBLE_END - 1],
  'first-triple': [DOUBLE_END - 1, DOUBLE_END],
  'second-triple': [DOUBLE_END, DOUBLE_END + 1],
  'triple-middle': [DOUBLE_END + 1024 ** 2 - 1, DOUBLE_END + 1024 ** 2],
  'over-2-GiB': [0, 524_287, 524_288],
  'over-4-GiB': [1_048_575, 1_048_576],
  largest: [0, MAX_FILE_BLOCKS - 1],
};

test('blocks at the boundaries of the block map are where the file has them', async (t) => {
  const files = Object.entries(FILES).map(
    ([name, blocks]) => [name, sparseFile(blocks, 99)] as const,
  );
  const root = directory(files);
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const handle = await open(image);
  t.teardown(() => handle.close());
  const reader = await Ext2Image.open(async (offset, length) => {
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer;
  });
  for await (const { name, inode: number } of reader.entries(await reader.root())) {
    const blocks = FILES[name];
    if (blocks === undefined) continue;
    const inode = await reader.inode(number);
    const found: number[] = [];
    for await (const { fileBlock, fsBlock, count } of reader.extents(inode)) {
      for (let index = 0; index < count; index++) {
        found.push(fileBlock + index);
        const end = fileBlock + index === blocks.at(-1) ? 99 : EXT2_BLOCK;
        const data = (await reader.block(fsBlock + index)).subarray(0, end);
        t.deepEqual(data, patternBlock(fileBlock + index).subarray(0, end), name);
      }
    }
    t.deepEqual(found, [...blocks], name);
  }
});

test('the kernel reads the same blocks', async (t) => {
  const files = Object.entries(FILES).map(
    ([name, blocks]) => [name, sparseFile(blocks, 99)] as const,
  );
  const root = directory(files);
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const mounted = await whileMounted(t, image, 'ext4', async (top) => {
    for (const [name, blocks] of Object.entries(FILES)) {
      const file = await open(join(top, name));
      const last = blocks.at(-1) ?? 0;
      t.is((await file.stat()).size, last * EXT2_BLOCK + 99, name);
      for (const block of blocks) {
        const { buffer } = await file.read(Buffer.alloc(99), 0, 99, block * EXT2_BLOCK);
        t.deepEqual(buffer, patternBlock(block).subarray(0, 99), name);
      }
      await file.close();
    }
  });
  if (!mounted) await t.notThrowsAsync(fsck(image));
});

test('a file larger than a group is cut around the metadata of groups', async (t) => {
  const blocks = 40_000;
  const big: RegularFile = {
    ...attributes(),
    kind: 'file',
    size: blocks * EXT2_BLOCK,
    runs: [{ offset: 0, length: blocks * EXT2_BLOCK }],
  };
  const root = directory({ big });
  const plan = planExt2(root, { ...OPTIONS, headroomBytes: GIB });
  t.is(
    plan.dataExtents(big).reduce((sum, { count }) => sum + count, 0),
    blocks,
  );
  const image = await buildImage(t, plan, root);
  const mounted = await whileMounted(t, image, 'ext4', async (top) => {
    const file = await open(join(top, 'big'));
    for (let block = 0; block < blocks; block += 331) {
      const { buffer } = await file.read(Buffer.alloc(8), 0, 8, block * EXT2_BLOCK);
      t.is(buffer.readDoubleLE(0), block + 0.5);
    }
    await file.close();
  });
  if (!mounted) await t.notThrowsAsync(fsck(image));
});

test('a file just too large is refused', (t) => {
  const root = directory({ huge: sparseFile([MAX_FILE_BLOCKS]) });
  t.throws(() => planExt2(root, OPTIONS), { code: 'source.file-too-large', message: /\/huge/ });
});
