import test from 'ava';
import { SnapdiscError } from '../src/errors.js';
import { run } from '../src/process.js';

const sh = { program: 'sh', purpose: 'fails', debianPackage: 'dash' };

test('a program that fails is told with its last words, in an error that every reporter can print', async (t) => {
  const error = await t.throwsAsync<SnapdiscError>(run(sh, ['-c', 'echo no luck >&2; exit 3']), {
    instanceOf: SnapdiscError,
    code: 'tool.failed',
    message: 'sh failed: no luck',
  });
  const cause = error?.cause as Error;
  t.regex(cause.message, /exit code 3/);
  t.false(Object.values(cause).includes(undefined));
});

test('a program that is not there is told with its package', async (t) => {
  await t.throwsAsync(run({ ...sh, program: 'no-such-program' }, []), {
    code: 'tool.missing',
    message: 'no-such-program is not installed; it fails.',
  });
});
