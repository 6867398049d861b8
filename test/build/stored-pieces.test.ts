import test from 'ava';
import fc from 'fast-check';
import { type StoredPiece, storedPieces } from '../../src/build/stored-pieces.js';
import type { StoredExtent } from '../../src/ext2/index.js';
import { EXT2_BLOCK } from '../../src/units.js';

/** Extents that ascend, with holes between some, stored anywhere. */
const extentsOf = fc
  .array(fc.record({ hole: fc.nat(3), count: fc.integer({ min: 1, max: 4 }), at: fc.nat(1000) }), {
    maxLength: 12,
  })
  .map((drawn) => {
    let next = 0;
    return drawn.map(({ hole, count, at }): StoredExtent => {
      const fileBlock = next + hole;
      next = fileBlock + count;
      return { fileBlock, storedBlock: at, count };
    });
  });

/** The same, every extent looked at. */
function plainly(extents: readonly StoredExtent[], offset: number, end: number): StoredPiece[] {
  return extents.flatMap(({ fileBlock, storedBlock, count }) => {
    const start = fileBlock * EXT2_BLOCK;
    const from = Math.max(offset, start);
    const to = Math.min(end, start + count * EXT2_BLOCK);
    if (from >= to) return [];
    return { offset: from, length: to - from, at: storedBlock * EXT2_BLOCK + from - start };
  });
}

test('pieces are those that a look at every extent finds', (t) => {
  const bytes = fc.nat(60 * EXT2_BLOCK);
  fc.assert(
    fc.property(extentsOf, bytes, bytes, (extents, offset, length) => {
      t.deepEqual(
        [...storedPieces(extents, offset, offset + length)],
        plainly(extents, offset, offset + length),
      );
    }),
  );
});

test('a file of many holes is not gone through again for each of its pieces', (t) => {
  const count = 2 ** 14;
  let looks = 0;
  const extents = new Proxy(
    Array.from({ length: count }, (_, index): StoredExtent => {
      return { fileBlock: 2 * index, storedBlock: index, count: 1 };
    }),
    {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d/.test(key)) looks++;
        return Reflect.get(target, key, receiver);
      },
    },
  );
  for (let index = 0; index < count; index++) {
    const offset = 2 * index * EXT2_BLOCK;
    const expected = { offset, length: EXT2_BLOCK, at: index * EXT2_BLOCK };
    const pieces = [...storedPieces(extents, offset, offset + EXT2_BLOCK)];
    if (pieces.length !== 1 || pieces[0]?.at !== expected.at) t.deepEqual(pieces, [expected]);
  }
  // The search halves what is left; then the one that is found and the one after it.
  t.true(looks <= count * (14 + 1 + 2), `${looks}`);
});
