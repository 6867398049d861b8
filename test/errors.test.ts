import test from 'ava';
import { EXIT_CODES, SnapdiscError } from '../src/errors.js';

test('the first word of the code decides the exit code', (t) => {
  t.is(new SnapdiscError('usage.flag', 'x').exitCode, 2);
  t.is(new SnapdiscError('output.full', 'x').exitCode, 6);
  t.is(new SnapdiscError('interrupted.signal', 'x').exitCode, EXIT_CODES.interrupted);
});

test('what is not given is no property, so that every reporter can print the error', (t) => {
  const bare = new SnapdiscError('vm.timeout', 'x');
  t.false('hint' in bare);
  t.false('cause' in bare);
  const full = new SnapdiscError('vm.timeout', 'x', { hint: 'wait', cause: bare });
  t.is(full.hint, 'wait');
  t.is(full.cause, bare);
});
