import test from 'ava';
import fc from 'fast-check';
import { type Interval, IntervalSet } from '../../src/ext2/interval-set.js';

function numbers({ start, end }: Interval): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

test('gives what is new, as a set of numbers would', (t) => {
  const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(12)), { maxLength: 40 });
  const property = fc.property(ranges, (additions) => {
    const set = new IntervalSet();
    const model = new Set<number>();
    for (const [start, size] of additions) {
      const end = start + size;
      const fresh = numbers({ start, end }).filter((number) => !model.has(number));
      t.deepEqual(set.add(start, end).flatMap(numbers), fresh);
      for (const number of fresh) model.add(number);
    }
  });
  t.notThrows(() => fc.assert(property, { numRuns: 500 }));
});
