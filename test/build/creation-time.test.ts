import test from 'ava';
import { creationTime } from '../../src/build/creation-time.js';

test('SOURCE_DATE_EPOCH wins over the clock, and must be a number', (t) => {
  t.is(creationTime('1735689600', 5_000), 1_735_689_600);
  t.is(creationTime(undefined, 5_999), 5);
  t.is(creationTime('', 5_999), 5);
  for (const wrong of ['yesterday', '-1', '1.5', '1e9']) {
    t.throws(() => creationTime(wrong, 0), { code: 'usage.source-date-epoch' });
  }
});
