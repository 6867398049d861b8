import test from 'ava';
import fc from 'fast-check';
import { median, pairwiseRatios } from '../../bench/statistics.js';

test('the median', (t) => {
  t.is(median([3]), 3);
  t.is(median([5, 1, 9]), 5);
  t.is(median([10, 2, 9, 1]), 5.5);
  t.throws(() => median([]), { instanceOf: RangeError });
});

test('half of the values lie on each side of the median', (t) => {
  const values = fc.array(
    fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e9, min: -1e9 }),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(values, (list) => {
      const middle = median(list);
      const half = list.length / 2;
      t.true(list.filter((value) => value < middle).length <= half);
      t.true(list.filter((value) => value > middle).length <= half);
    }),
  );
});

test('ratios are of the same round', (t) => {
  t.deepEqual(pairwiseRatios([4, 9], [2, 3]), [2, 3]);
  t.throws(() => pairwiseRatios([1, 2], [1]), { instanceOf: RangeError });
});
