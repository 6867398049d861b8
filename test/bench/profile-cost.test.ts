import test from 'ava';
import { profileFigures } from '../../bench/profile-cost.js';
import { isMet } from '../../bench/table.js';

test('a recording is told in boots, those right after each other compared', (t) => {
  const figures = profileFigures([60, 150, 80], [40, 100, 40]);
  t.deepEqual(
    figures.map(({ unit, value }) => [unit, value]),
    [
      ['ratio', 1.5],
      ['s', 80],
      ['s', 40],
    ],
  );
  t.is(figures[0]?.remark, '1.50 to 2.00 in 3 runs');
  const met = (recordings: number[]) =>
    profileFigures(
      recordings,
      recordings.map(() => 40),
    ).map(isMet);
  t.deepEqual(met([80]), ['yes', '', '']);
  t.deepEqual(met([81]), ['no', '', '']);
});
