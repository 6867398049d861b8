import test from 'ava';
import fc from 'fast-check';
import { formatDestination, parseDestination } from '../../src/recipe/destination.js';

test('FROM[:TO], with colons and backslashes in names escaped', (t) => {
  t.deepEqual(parseDestination('docs'), { from: 'docs' });
  t.deepEqual(parseDestination('docs:/manual'), { from: 'docs', to: '/manual' });
  t.deepEqual(parseDestination('a\\:b:/c:d'), { from: 'a:b', to: '/c:d' });
  t.deepEqual(parseDestination('back\\slash'), { from: 'back\\slash' });
  t.deepEqual(parseDestination('ends\\\\:/x'), { from: 'ends\\', to: '/x' });
  t.deepEqual(parseDestination('ends\\'), { from: 'ends\\' });
});

test('parseDestination is the inverse of formatDestination', (t) => {
  const name = fc.oneof(fc.string(), fc.stringMatching(/^[\\:a]{0,8}$/));
  fc.assert(
    fc.property(name, fc.option(name, { nil: undefined }), (from, to) => {
      const value = to === undefined ? { from } : { from, to };
      t.deepEqual(parseDestination(formatDestination(value)), value);
    }),
  );
});
