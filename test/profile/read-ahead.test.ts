import test from 'ava';
import fc from 'fast-check';
import type { BlockRange } from '../../src/ext2/index.js';
import { readAhead, united } from '../../src/profile/read-ahead.js';
import { directory, file } from '../fixtures/torture-tree.js';

const [dash, libc] = [file('dash'), file('libc')];
const range = (inode: BlockRange['inode'], firstBlock: number, count: number): BlockRange => ({
  inode,
  firstBlock,
  count,
});

test('of each file what lies around, once, in the order of first access', (t) => {
  const usr = directory({ dash, libc });
  const ranges = [
    range(usr, 0, 1),
    range(libc, 100, 2),
    range(dash, 10, 1),
    range(libc, 0, 4),
    range(libc, 130, 1),
    { ...range(libc, 12, 1024), isIndirect: true },
    range(dash, 0, 0),
  ];
  t.deepEqual(readAhead(ranges), [range(libc, 0, 68), range(libc, 84, 111), range(dash, 0, 75)]);
});

test('16 blocks before and 64 behind what is read, and nothing else', (t) => {
  const access = fc.tuple(
    fc.constantFrom(dash, libc),
    fc.nat(500),
    fc.integer({ min: 1, max: 40 }),
  );
  const property = fc.property(fc.array(access), (accesses) => {
    const ranges = accesses.map(([inode, first, count]) => range(inode, first, count));
    const ahead = readAhead(ranges);
    for (const inode of [dash, libc]) {
      const near = (block: number) =>
        ranges.some(
          (r) =>
            r.inode === inode && block >= r.firstBlock - 16 && block < r.firstBlock + r.count + 64,
        );
      const covering = (block: number) =>
        ahead.filter(
          (r) => r.inode === inode && block >= r.firstBlock && block < r.firstBlock + r.count,
        ).length;
      for (let block = 0; block < 600; block++) {
        if (covering(block) !== (near(block) ? 1 : 0)) return false;
      }
    }
    return true;
  });
  t.notThrows(() => fc.assert(property, { numRuns: 50 }));
});

test('windows are one up to a gap, and keep what the first of them has', (t) => {
  const windows = [
    { first: 20, end: 24, name: 'later' },
    { first: 0, end: 10, name: 'first' },
    { first: 4, end: 8, name: 'inside' },
  ];
  t.deepEqual(united(windows, 9), [
    { first: 0, end: 10, name: 'first' },
    { first: 20, end: 24, name: 'later' },
  ]);
  t.deepEqual(united(windows, 10), [{ first: 0, end: 24, name: 'first' }]);
});
