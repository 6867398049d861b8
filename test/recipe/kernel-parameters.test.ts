import test from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { checkParameters, MAX_COMMAND_LINE } from '../../src/recipe/kernel-parameters.js';

test('parameters of one line pass unchanged', (t) => {
  t.is(checkParameters('console=ttyS0 quiet foo="a b"'), 'console=ttyS0 quiet foo="a b"');
  t.is(checkParameters('x'.repeat(MAX_COMMAND_LINE)).length, 2046);
});

test('line breaks, NUL and overlong lines are refused', (t) => {
  const bad = ['a\nb', 'a\rb', 'a\0b', 'a\x1bb', 'x'.repeat(2047), 'ü'.repeat(1024)];
  for (const parameters of bad) {
    t.throws(() => checkParameters(parameters), {
      instanceOf: SnapdiscError,
      code: 'usage.append',
    });
  }
});
