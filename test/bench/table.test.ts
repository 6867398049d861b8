import test from 'ava';
import {
  type Figure,
  formatSpread,
  formatValue,
  isMet,
  markdownTable,
  replaceBetween,
} from '../../bench/table.js';

const figure = (more: Partial<Figure>): Figure => ({
  metric: 'Speed',
  unit: 'ratio',
  value: 1.5,
  ...more,
});

test('values have units', (t) => {
  t.is(formatValue(1.999, 'ratio'), '2.00');
  t.is(formatValue(0.784, 's'), '0.78 s');
  t.is(formatValue(250e6, 'MB'), '250.0 MB');
  t.is(formatValue(48, 'MiB'), '48 MiB');
});

test('a spread names its ends and its runs', (t) => {
  t.is(formatSpread([3, 1, 2], 'ratio'), '1.00 to 3.00 in 3 runs');
  t.is(formatSpread([3], 'ratio'), 'one run');
});

test('a target is met by the measured value, not by the rounded one', (t) => {
  t.is(isMet(figure({ value: 2, atMost: 2 })), 'yes');
  t.is(isMet(figure({ value: 2.004, atMost: 2 })), 'no');
  t.is(isMet(figure({ value: undefined, atMost: 2 })), 'no');
  t.is(isMet(figure({ value: 9 })), '');
});

test('the table', (t) => {
  const rows = [
    figure({ atMost: 2, remark: '1 to 2' }),
    figure({ metric: 'a|b', value: undefined, before: 'then\n7' }),
  ];
  t.deepEqual(markdownTable(rows).split('\n'), [
    '| Metric | Value         | Target       | Met | Measured before (1) |',
    '|--------|---------------|--------------|-----|---------------------|',
    '| Speed  | 1.50 (1 to 2) | at most 2.00 | yes |                     |',
    '| a\\|b   | not measured  |              |     | then 7              |',
  ]);
});

test('only what is between the markers changes', (t) => {
  const replaced = replaceBetween('one\n<\nold\n>\ntwo\n', ['<', '>'], 'new');
  t.is(replaced, 'one\n<\nnew\n>\ntwo\n');
  t.is(replaceBetween(replaced, ['<', '>'], 'new'), replaced);
});

test('a document without both markers, or with more of them, stays as it is', (t) => {
  for (const document of ['', '<', '>', '><', '< > >', '< < >'])
    t.throws(() => replaceBetween(document, ['<', '>'], ''), { instanceOf: RangeError }, document);
});
