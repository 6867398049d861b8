import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { formatSize, parseSize } from '../../src/recipe/size.js';

test('sizes as people write them', (t) => {
  const sizes: [string, number][] = [
    ['0', 0],
    ['512', 512],
    ['4k', 4096],
    ['512M', 512 * 1024 ** 2],
    ['8G', 8 * 1024 ** 3],
    ['8GiB', 8 * 1024 ** 3],
    ['1.5g', 1.5 * 1024 ** 3],
    [' 2T ', 2 * 1024 ** 4],
  ];
  for (const [text, bytes] of sizes) t.is(parseSize(text), bytes, text);
});

test('what is no size says so', (t) => {
  for (const text of [
    '',
    'G',
    '8GB',
    '8 G',
    '-1',
    '1e3',
    '0x10',
    '0.3',
    '8iB',
    '99999999T',
    '8GG',
  ]) {
    t.throws(() => parseSize(text), { instanceOf: SnapdiscError, code: 'usage.size' }, text);
  }
  const error = t.throws(() => parseSize('8GB'), { instanceOf: SnapdiscError });
  t.regex(error?.hint ?? '', /not 8GB/);
});

test('formatSize and parseSize are inverse', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(4), (value, power) => {
      const bytes = (value % 1024 ** (5 - power)) * 1024 ** power;
      t.is(parseSize(formatSize(bytes)), bytes);
    }),
  );
  t.is(formatSize(8 * 1024 ** 3), '8G');
  t.is(formatSize(1536), '1536');
});

test('any text gives safe bytes or usage.size', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.kKmMgGtTiB ]{0,12}$/)), (text) => {
      try {
        t.true(Number.isSafeInteger(parseSize(text)) && parseSize(text) >= 0);
      } catch (error) {
        t.true(error instanceof SnapdiscError && error.code === 'usage.size');
      }
    }),
  );
});
