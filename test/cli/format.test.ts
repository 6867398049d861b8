import test from 'ava';
import fc from 'fast-check';
import { formatBytes, formatDuration, formatTable } from '../../src/cli/format.js';

test('bytes have three digits that matter', (t) => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [441 * 1024 ** 2, '441 MiB'],
    [99.96 * 1024, '100 KiB'],
    [1024 ** 2 - 1, '1.00 MiB'],
    [1.5 * 1024 ** 3, '1.50 GiB'],
    [5000 * 1024 ** 3, '5000 GiB'],
  ] as const) {
    t.is(formatBytes(bytes), text);
  }
});

test('bytes never show more than they round to', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      const [, number = '', unit = ''] =
        /^([\d.]+) (B|KiB|MiB|GiB)$/.exec(formatBytes(bytes)) ?? [];
      const scale = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[unit] ?? Number.NaN;
      t.true(Math.abs(Number(number) * scale - bytes) <= bytes * 0.006);
    }),
  );
});

test('durations as people say them', (t) => {
  for (const [seconds, text] of [
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1:00 min'],
    [185, '3:05 min'],
    [3723, '1:02:03 h'],
  ] as const) {
    t.is(formatDuration(seconds), text);
  }
});

test('columns line up', (t) => {
  const rows = [
    ['1', 'a', 'x'],
    ['100', 'bcd', ''],
  ];
  t.deepEqual(formatTable(rows, ['right']), ['  1  a    x', '100  bcd']);
  t.deepEqual(formatTable([]), []);
});
