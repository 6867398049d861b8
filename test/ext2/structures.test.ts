import test from 'ava';
import fc from 'fast-check';
import { aclFromDisk, aclToDisk } from '../../src/ext2/acl.js';
import { encodeBitmap } from '../../src/ext2/bitmap.js';
import { countDirectoryBlocks, encodeDirectory } from '../../src/ext2/directory.js';
import { ExtentStore, NO_EXTENTS } from '../../src/ext2/extent-store.js';
import { storedFileBlocks } from '../../src/ext2/file-blocks.js';
import { encodeIndirect, leafEnd, MAX_FILE_BLOCKS, nodesAbove } from '../../src/ext2/indirect.js';
import { decodeDirectoryBlock } from '../../src/ext2/read-directory.js';
import { decodeXattrBlock } from '../../src/ext2/read-xattr.js';
import { decodeTime, encodeTime } from '../../src/ext2/timestamp.js';
import { encodeXattrBlock, type StoredXattr, xattrBlockSize } from '../../src/ext2/xattr.js';
import { wireAcl } from '../fixtures/torture-tree.js';

test('an extent store keeps many lists apart, sorts them and merges neighbours', (t) => {
  const store = new ExtentStore();
  const lists = Array.from({ length: 3000 }, () => NO_EXTENTS);
  for (const fileBlock of [10, 11, 0]) {
    for (const [index, list] of lists.entries()) {
      lists[index] = store.append(list, fileBlock, index * 100 + fileBlock, 1);
    }
  }
  t.deepEqual(store.read(lists[2999] ?? 0), [
    { fileBlock: 0, at: 299_900, count: 1 },
    { fileBlock: 10, at: 299_910, count: 2 },
  ]);
  t.deepEqual(store.read(NO_EXTENTS), []);
});

test('every file block is under the indirect blocks that point to it', (t) => {
  const property = fc.property(fc.integer({ min: 0, max: MAX_FILE_BLOCKS - 1 }), (block) => {
    const nodes = nodesAbove(block);
    t.deepEqual(
      nodes.map(({ level }) => level),
      [[], [1], [2, 1], [3, 2, 1]][nodes.length],
    );
    for (const { level, first } of nodes) {
      t.true(first <= block && block < first + 1024 ** level);
    }
    t.true(leafEnd(block) > block);
    t.deepEqual(nodesAbove(leafEnd(block) - 1), nodes);
    t.notDeepEqual(nodesAbove(leafEnd(block)), nodes);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 2000 }));
});

test('an indirect block holds what lies in its range and zeros for holes', (t) => {
  const block = encodeIndirect({ level: 1, first: 12 }, [
    { fileBlock: 10, at: 100, count: 4 },
    { fileBlock: 1034, at: 500, count: 9 },
  ]);
  t.is(block.readUInt32LE(0), 102);
  t.is(block.readUInt32LE(4), 103);
  t.is(block.readUInt32LE(8), 0);
  t.is(block.readUInt32LE(4 * 1022), 500);
  t.is(block.readUInt32LE(4 * 1023), 501);
  const double = encodeIndirect({ level: 2, first: 1036 }, [
    { fileBlock: 1036, at: 7, count: 1 },
    { fileBlock: 1036 + 3 * 1024, at: 9, count: 1 },
  ]);
  t.deepEqual(
    [0, 4, 8, 12].map((offset) => double.readUInt32LE(offset)),
    [7, 0, 0, 9],
  );
});

test('times come back, to the nanosecond', (t) => {
  const time = fc.record({
    seconds: fc.integer({ min: -(2 ** 31), max: 10_737_418_239 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  });
  t.notThrows(() =>
    fc.assert(fc.property(time, (value) => t.deepEqual(decodeTime(encodeTime(value)), value))),
  );
});

test('times that do not fit become the nearest that does', (t) => {
  const far = decodeTime(encodeTime({ seconds: 1e12, nanoseconds: 5 }));
  t.deepEqual(far, { seconds: 10_737_418_239, nanoseconds: 0 });
  const early = decodeTime(encodeTime({ seconds: -1e12, nanoseconds: 5 }));
  t.deepEqual(early, { seconds: -(2 ** 31), nanoseconds: 0 });
});

test('a bitmap has its first bits set, and those beyond the group', (t) => {
  const property = fc.property(fc.nat(32_768), fc.nat(32_768), (one, other) => {
    const [used, valid] = [Math.min(one, other), Math.max(one, other)];
    const bitmap = encodeBitmap(used, valid);
    for (const bit of [0, used - 1, used, valid - 1, valid, 32_767]) {
      if (bit < 0 || bit > 32_767) continue;
      const isSet = ((bitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1;
      t.is(isSet, bit < used || bit >= valid ? 1 : 0);
    }
  });
  t.notThrows(() => fc.assert(property));
});

test('a directory comes back from as many blocks as were counted', (t) => {
  const name = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 255 });
  const property = fc.property(fc.uniqueArray(name, { maxLength: 120 }), (names) => {
    const records = ['.', '..', ...names].map((text, index) => {
      return { name: text, inode: index + 1, kind: 'file' as const };
    });
    const blocks = [...encodeDirectory(records)];
    t.is(blocks.length, countDirectoryBlocks(names));
    const found = blocks.flatMap((block) => [...decodeDirectoryBlock(block)]);
    t.deepEqual(
      found,
      records.map(({ name: text, inode }) => ({ name: text, inode })),
    );
  });
  t.notThrows(() => fc.assert(property));
});

test('runs become the blocks they touch', (t) => {
  t.deepEqual(
    storedFileBlocks([
      { offset: 0, length: 1 },
      { offset: 4095, length: 2 },
      { offset: 8191, length: 1 },
      { offset: 12_288, length: 4096 },
    ]),
    [
      { start: 0, end: 2 },
      { start: 3, end: 4 },
    ],
  );
});

test('ACLs come back from their stored form', (t) => {
  const wire = wireAcl([
    [0x01, 7, 0xffffffff],
    [0x02, 5, 1000],
    [0x04, 5, 0xffffffff],
    [0x10, 7, 0xffffffff],
    [0x20, 0, 0xffffffff],
  ]);
  const stored = aclToDisk(wire);
  t.is(stored?.length, 4 + 4 * 4 + 8);
  t.is(stored?.readUInt32LE(0), 1);
  t.deepEqual(aclFromDisk(stored ?? new Uint8Array()), wire);
});

test('any bytes as an ACL are taken or refused, never a crash', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((rest) => Uint8Array.of(2, 0, 0, 0, ...rest)),
    fc.uint8Array({ maxLength: 60 }).map((rest) => Uint8Array.of(1, 0, 0, 0, ...rest)),
  );
  const property = fc.property(bytes, (value) => {
    for (const result of [aclToDisk(value), aclFromDisk(value)]) {
      t.true(result === undefined || Buffer.isBuffer(result));
    }
  });
  t.notThrows(() => fc.assert(property));
});

test('a full xattr block comes back', (t) => {
  const xattrs: StoredXattr[] = [
    { index: 1, name: 'a', value: new Uint8Array() },
    { index: 1, name: 'bb', value: Buffer.from('odd') },
    { index: 6, name: 'x', value: Buffer.alloc(3976, 0xff) },
  ];
  t.is(xattrBlockSize(xattrs), 4096 - 20);
  const found = decodeXattrBlock(encodeXattrBlock(xattrs, 3));
  t.deepEqual(
    found.map(({ name, value }) => [name, value.length]),
    [
      ['user.a', 0],
      ['user.bb', 3],
      ['security.x', 3976],
    ],
  );
});
