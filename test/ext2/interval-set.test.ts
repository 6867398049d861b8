import test from 'ava';
import fc from 'fast-check';
import { type Interval, IntervalSet } from '../../src/ext2/interval-set.js';

const range = fc.tuple(fc.nat(60), fc.nat(12)).map(([start, size]) => [start, start + size]);

function numbers({ start, end }: Interval): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

test('agrees with a set of numbers', (t) => {
  const steps = fc.array(fc.record({ added: range, asked: range }), { maxLength: 20 });
  fc.assert(
    fc.property(steps, (all) => {
      const set = new IntervalSet();
      const model = new Set<number>();
      for (const { added, asked } of all) {
        const [start = 0, end = 0] = added;
        const fresh = numbers({ start, end }).filter((number) => !model.has(number));
        t.deepEqual(set.add(start, end).flatMap(numbers), fresh);
        for (const number of fresh) model.add(number);
        const [from = 0, to = 0] = asked;
        t.is(
          set.has(from, to),
          numbers({ start: from, end: to }).every((number) => model.has(number)),
        );
      }
    }),
  );
});
