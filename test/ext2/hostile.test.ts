import { readFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { Ext2Image, planExt2, readSuperblock } from '../../src/ext2/index.js';
import { directory, file, tortureTree } from '../fixtures/torture-tree.js';
import { buildImage, OPTIONS } from './helpers.js';

function readerOf(bytes: Buffer) {
  return async (offset: number, length: number) => bytes.subarray(offset, offset + length);
}

/** Reads everything that can be reached, as far as the image lets us. */
async function readAll(bytes: Buffer): Promise<number> {
  const image = await Ext2Image.open(readerOf(bytes));
  let seen = 0;
  const visited = new Set<number>();
  const pending = [2];
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    if (visited.has(number)) continue;
    visited.add(number);
    const inode = await image.inode(number);
    seen++;
    await image.xattrs(inode);
    if (inode.kind === 'symlink') await image.linkTarget(inode);
    for await (const { count } of image.extents(inode)) seen += count;
    if (inode.kind !== 'directory') continue;
    for await (const { inode: child } of image.entries(inode)) pending.push(child);
  }
  return seen;
}

function isImageError(error: unknown): boolean {
  return error instanceof SnapdiscError && error.code === 'image.ext2';
}

test('a damaged image is read or refused, never a crash', async (t) => {
  const { root } = tortureTree();
  const good = await readFile(await buildImage(t, planExt2(root, OPTIONS), root));
  t.true((await readAll(good)) > 50);
  const place = fc.oneof(
    fc.integer({ min: 1024, max: 2047 }),
    fc.integer({ min: 4096, max: 4127 }),
    fc.integer({ min: 4096, max: good.length - 1 }),
  );
  const damage = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 30,
  });
  const property = fc.asyncProperty(damage, async (changes) => {
    const bad = Buffer.from(good);
    for (const [offset, value] of changes) bad[offset] = value;
    try {
      t.true((await readAll(bad)) > 0);
    } catch (error) {
      t.true(isImageError(error), String(error));
    }
  });
  await t.notThrowsAsync(() => fc.assert(property, { numRuns: 300, endOnFailure: true }));
});

test('a truncated image is refused', async (t) => {
  const root = directory({ file: file('x') });
  const good = await readFile(await buildImage(t, planExt2(root, OPTIONS), root));
  for (const length of [0, 1, 1024, 2047, 2048, 4096, 8000, 12_288]) {
    await t.throwsAsync(() => readAll(good.subarray(0, length)), { code: 'image.ext2' });
  }
});

test('any bytes as a superblock are refused', (t) => {
  const property = fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
    t.throws(() => readSuperblock(bytes), { code: 'image.ext2' });
  });
  t.notThrows(() => fc.assert(property));
});

test('indirect blocks that go round in a circle end', async (t) => {
  const blocks = 12 + 1024 + 1024;
  const size = blocks * 4096;
  const big = {
    ...file(),
    size,
    runs: [{ offset: 0, length: size }],
    content: new Uint8Array(size),
  };
  const root = directory({ big });
  const bad = await readFile(await buildImage(t, planExt2(root, OPTIONS), root));
  const image = await Ext2Image.open(readerOf(bad));
  const inode = await image.inode(12);
  const double = inode.pointers[13] ?? 0;
  for (let slot = 0; slot < 1024; slot++) bad.writeUInt32LE(double, double * 4096 + slot * 4);
  await t.throwsAsync(() => readAll(bad), { code: 'image.ext2', message: /circle/ });
});

test('the figures of an image are those of its plan', async (t) => {
  const { root } = tortureTree();
  const plan = planExt2(root, OPTIONS);
  const bytes = await readFile(await buildImage(t, plan, root));
  const superblock = readSuperblock(bytes);
  t.is(superblock.totalBlocks, plan.totalBlocks);
  t.is(superblock.freeBlocks, plan.freeBlocks);
  t.is(superblock.inodeCount, plan.inodeCount);
  t.is(superblock.freeInodes, plan.freeInodes);
  t.is(superblock.created, OPTIONS.created);
  t.true(superblock.clean);
  t.deepEqual(superblock.features, ['ext_attr', 'filetype', 'sparse_super', 'large_file']);
  t.deepEqual(Buffer.from(superblock.uuid), Buffer.from(OPTIONS.uuid));
  t.is(Buffer.from(superblock.label).toString(), OPTIONS.label);
});
