import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { choiceName, choicesOf, countDiscs, fillIn, selectDiscs } from '../../src/recipe/matrix.js';

const AXES = new Map([
  ['arch', ['i386', 'amd64']],
  ['flavour', ['text', 'rescue']],
]);
const discs = choicesOf(AXES).map((choice) => ({ choice }));
const names = (only: readonly string[]) =>
  selectDiscs(discs, only).map(({ choice }) => choiceName(choice));

test('every combination, in the order of the file; without axes one disc', (t) => {
  t.deepEqual(choicesOf(AXES).map(choiceName), [
    'i386-text',
    'i386-rescue',
    'amd64-text',
    'amd64-rescue',
  ]);
  t.deepEqual(choicesOf(new Map()).map(choiceName), ['']);
});

test('as many discs as were counted, all different', (t) => {
  const variants = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,4}$/), { maxLength: 4 });
  const axes = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), variants), { maxLength: 3 });
  fc.assert(
    fc.property(axes, (entries) => {
      const map = new Map(entries);
      const choices = choicesOf(map).map((choice) => JSON.stringify([...choice]));
      t.is(choices.length, countDiscs(map));
      t.is(new Set(choices).size, choices.length);
    }),
  );
});

test('the names of variants are filled in at any depth; other braces stay', (t) => {
  const choice = new Map([['arch', 'i386']]);
  t.deepEqual(fillIn({ a: ['{arch}-{arch}', { from: 'x/{arch}' }], n: 5, b: null }, choice), {
    a: ['i386-i386', { from: 'x/i386' }],
    n: 5,
    b: null,
  });
  for (const text of ['{', '{}', '{ arch }', '{a,b}', '$' + '{flavour}'])
    t.is(fillIn(text, choice), text);
  t.is(fillIn('{x}', new Map([['x', '$&{x}']])), '$&{x}');
});

test('--only: one of those named of an axis, of each axis named', (t) => {
  t.deepEqual(names([]).length, 4);
  t.deepEqual(names(['arch=i386']), ['i386-text', 'i386-rescue']);
  t.deepEqual(names(['arch=i386', 'flavour=rescue']), ['i386-rescue']);
  t.deepEqual(names(['arch=i386', 'arch=amd64', 'flavour=text']), ['i386-text', 'amd64-text']);
  const error = t.throws(() => names(['arch=arm']), { instanceOf: SnapdiscError });
  t.is(error?.code, 'usage.only');
  t.is(error?.hint, 'There are arch=i386, flavour=text, flavour=rescue, arch=amd64.');
  const none = t.throws(() => selectDiscs([{ choice: new Map() }], ['arch=i386']), {
    instanceOf: SnapdiscError,
  });
  t.regex(none?.hint ?? '', /with a matrix/);
});
