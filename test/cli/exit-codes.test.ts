import { readFile } from 'node:fs/promises';
import test from 'ava';
import { failureReport } from '../../src/cli/failure.js';
import { type ErrorFamily, EXIT_CODES, SnapdiscError } from '../../src/errors.js';

test('docs/exit-codes.md has exactly the families and codes of the program', async (t) => {
  const text = await readFile(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| `(\w+)` \| ./gm)];
  const documented = rows.map(([, code, family]) => [family, Number(code)]);
  t.deepEqual(Object.fromEntries(documented), { ...EXIT_CODES });
  t.is(documented.length, Object.keys(EXIT_CODES).length);
  t.regex(text, /^\| 0 \| /m);
});

test('every family gives its exit code', (t) => {
  for (const [family, code] of Object.entries(EXIT_CODES)) {
    const error = new SnapdiscError(`${family as ErrorFamily}.some-thing`, 'Message.');
    t.is(failureReport(error).error.exitCode, code);
  }
  for (const thrown of [new Error('x'), 'text', undefined, null, { code: 'usage.x' }]) {
    t.is(failureReport(thrown).error.exitCode, 1);
  }
});
