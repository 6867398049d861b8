import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT, runScript, temporaryFolder } from './stubs.js';

/** Runs the real .ci/run where `make test` writes these results and ends with `status`. */
async function ciRun(t: ExecutionContext, tap: Record<string, string>, status = 0) {
  const project = await temporaryFolder(t);
  const script = path.join(project, '.ci/run');
  await mkdir(path.dirname(script));
  await copyFile(path.join(PROJECT, '.ci/run'), script);
  const recipe = Object.entries(tap).map(([name, text]) => {
    const escaped = text.replaceAll('\n', '\\n').replaceAll('#', '\\#');
    return `\t@printf '${escaped}\\n' | tee $(TAP)/${name}.tap\n`;
  });
  await writeFile(path.join(project, 'Makefile'), `test:\n${recipe.join('')}\t@exit ${status}\n`);
  const result = await runScript(script, [], project);
  return { status: result.status, last: result.stdout.split('\n').at(-1) };
}

test('results of all runs are counted', async (t) => {
  const tap = { unit: 'TAP version 13\nok 1 - a\nok 2 - b\n1..2', boot: 'ok 1 - c' };
  t.deepEqual(await ciRun(t, tap), { status: 0, last: '3 passed, 0 failed' });
});

test('one failure fails', async (t) => {
  const tap = { unit: 'ok 1 - a\nnot ok 2 - b\n  ---\n  ok: no\n  ...' };
  t.deepEqual(await ciRun(t, tap, 2), { status: 1, last: '1 passed, 1 failed' });
});

test('a failure counts even where make says that all is well', async (t) => {
  t.deepEqual(await ciRun(t, { unit: 'ok 1 - a\nnot ok 2 - b' }), {
    status: 1,
    last: '1 passed, 1 failed',
  });
});

test('another check that fails, fails, though all tests passed', async (t) => {
  const { status, last } = await ciRun(t, { unit: 'ok 1 - a' }, 1);
  t.not(status, 0);
  t.is(last, '1 passed, 0 failed');
});

test('no results are no success', async (t) => {
  t.deepEqual(await ciRun(t, {}), { status: 1, last: '0 passed, 0 failed' });
});

test('what was skipped has neither passed nor failed', async (t) => {
  const tap = { unit: 'ok 1 - a\nok 2 - b # SKIP\nnot ok 3 - c # TODO' };
  t.deepEqual(await ciRun(t, tap), { status: 0, last: '1 passed, 0 failed' });
});
