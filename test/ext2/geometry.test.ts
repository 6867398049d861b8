import test from 'ava';
import fc from 'fast-check';
import {
  chooseGeometry,
  countSuperblocks,
  groupOverhead,
  hasSuperblock,
  overheadOf,
} from '../../src/ext2/geometry.js';
import { GroupMap } from '../../src/ext2/group-map.js';
import { encodeTemplates, originSegments } from '../../src/ext2/origin.js';
import { GIB } from '../../src/units.js';

/** Directory entries alone take this much: a tree cannot have many inodes and no content. */
const INODES_PER_CONTENT_BLOCK = 341;

const needs = fc
  .record({
    inodes: fc.oneof(fc.integer({ min: 11, max: 3000 }), fc.integer({ min: 11, max: 2_000_000 })),
    data: fc.oneof(
      fc.constant(0),
      fc.integer({ max: 40_000, min: 0 }),
      fc.integer({ max: 2 ** 23, min: 0 }),
    ),
    headroomBytes: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: GIB }),
      fc.integer({ min: 1, max: 1024 * GIB }),
    ),
  })
  .map(({ inodes, data, headroomBytes }) => {
    const contentBlocks = data + 2 + Math.ceil(inodes / INODES_PER_CONTENT_BLOCK);
    return { inodes, contentBlocks, headroomBytes };
  });

test('everything fits, under 1 % of what is stored is free', (t) => {
  const property = fc.property(needs, (wanted) => {
    const geometry = chooseGeometry(wanted);
    const map = new GroupMap(geometry, wanted.contentBlocks);
    const overhead = overheadOf(geometry, geometry.storedGroupCount);
    const storedFree = map.imageBlocks - overhead - wanted.contentBlocks;
    const free =
      geometry.totalBlocks - overheadOf(geometry, geometry.groupCount) - wanted.contentBlocks;
    t.true(storedFree >= 0 && storedFree <= map.imageBlocks * 0.01);
    t.true(free * 4096 >= wanted.headroomBytes);
    t.is(geometry.groupCount, Math.ceil(geometry.totalBlocks / geometry.blocksPerGroup));
    t.is(geometry.blocksPerGroup % 8, 0);
    t.true(geometry.blocksPerGroup <= 32_768 && geometry.inodesPerGroup <= 32_768);
    t.is(geometry.inodesPerGroup % 16, 0);
    t.true(geometry.inodesPerGroup * geometry.storedGroupCount > wanted.inodes);
    const spare = geometry.inodesPerGroup * geometry.groupCount - wanted.inodes;
    t.true(spare * 65_536 >= wanted.headroomBytes || geometry.inodesPerGroup === 32_768);
    if (wanted.headroomBytes > 0) t.is(geometry.totalBlocks % geometry.blocksPerGroup, 0);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 2000 }));
});

test('every group has room for its own metadata, and all content has a place', (t) => {
  const property = fc.property(needs, (wanted) => {
    const geometry = chooseGeometry(wanted);
    const map = new GroupMap(geometry, wanted.contentBlocks);
    for (const group of map.groups) {
      t.true(group.size >= groupOverhead(geometry, group.index));
      t.true(group.contentCount >= 0 && group.overhead + group.contentCount <= group.size);
    }
    let located = 0;
    let end = 0;
    for (const piece of map.locate(0, wanted.contentBlocks)) {
      t.true(piece.fsBlock >= end && piece.count > 0);
      end = piece.fsBlock + piece.count;
      located += piece.count;
    }
    t.is(located, wanted.contentBlocks);
    t.true(end <= geometry.totalBlocks);
    const one = map.locateBlock(wanted.contentBlocks - 1);
    t.is(one.fsBlock, end - 1);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 300 }));
});

test('the origin covers the filesystem without gaps and uses every stored block', (t) => {
  const property = fc.property(needs, (wanted) => {
    const geometry = chooseGeometry(wanted);
    const map = new GroupMap(geometry, wanted.contentBlocks);
    const templates = encodeTemplates(geometry).length;
    let end = 0;
    let stored = 0;
    for (const segment of originSegments(geometry, map)) {
      t.is(segment.start, end);
      t.true(segment.count > 0);
      end += segment.count;
      if (segment.kind === 'template') t.true(segment.at + segment.count <= templates);
      if (segment.kind !== 'stored') continue;
      t.is(segment.at, stored);
      stored += segment.count;
    }
    t.is(end, geometry.totalBlocks);
    t.is(stored, map.imageBlocks);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 300 }));
});

test('without headroom the origin is the image', (t) => {
  const geometry = chooseGeometry({ contentBlocks: 200_000, inodes: 90_000, headroomBytes: 0 });
  const map = new GroupMap(geometry, 200_000);
  t.deepEqual(originSegments(geometry, map), [
    { start: 0, count: geometry.totalBlocks, kind: 'stored', at: 0 },
  ]);
  t.is(encodeTemplates(geometry).length, 0);
});

test('content that ends just before, at and after a group border fits', (t) => {
  const probe = chooseGeometry({ contentBlocks: 10, inodes: 20, headroomBytes: 0 });
  const capacity = 32_768 - groupOverhead(probe, 0);
  for (let contentBlocks = capacity - 3; contentBlocks < capacity + 60; contentBlocks++) {
    const geometry = chooseGeometry({ contentBlocks, inodes: 20, headroomBytes: 0 });
    const map = new GroupMap(geometry, contentBlocks);
    const overhead = overheadOf(geometry, geometry.groupCount);
    t.true(map.imageBlocks - overhead - contentBlocks <= map.imageBlocks * 0.01);
    t.is(geometry.groupCount, contentBlocks <= capacity ? 1 : 2);
  }
});

test('backups lie in groups 0 and 1 and in the powers of 3, 5 and 7', (t) => {
  const groups = Array.from({ length: 400 }, (_, group) => group).filter(hasSuperblock);
  t.deepEqual(groups, [0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125, 243, 343]);
  for (let count = 0; count < 400; count++) {
    t.is(countSuperblocks(count), groups.filter((group) => group < count).length);
  }
});

test('more than 2^32 blocks are refused', (t) => {
  const small = { contentBlocks: 100, inodes: 20 };
  t.throws(() => chooseGeometry({ ...small, headroomBytes: 2 ** 44 }), { code: 'usage.headroom' });
  t.notThrows(() => chooseGeometry({ ...small, headroomBytes: 15 * 1024 * GIB }));
  const large = { contentBlocks: 2 ** 32, inodes: 20, headroomBytes: 0 };
  t.throws(() => chooseGeometry(large), { code: 'source.too-large' });
});
