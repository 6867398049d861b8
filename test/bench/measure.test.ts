import { readFileSync } from 'node:fs';
import test from 'ava';
import { measure, measureMemory, parseUsage } from '../../bench/measure.js';
import { descendants, parseChildren, residentBytes, treeBytes } from '../../bench/process-tree.js';

test('the report of time', (t) => {
  t.deepEqual(parseUsage('1.50 0.25 0.50 2048\n'), {
    seconds: 1.5,
    cpuSeconds: 0.75,
    peakBytes: 2 * 1024 * 1024,
  });
  for (const report of ['', '1 2 3\n', 'Command exited with non-zero status 1\n1 2 3 4\n'])
    t.throws(() => parseUsage(report), { message: /time printed/ }, report);
});

test('the memory of a process, and its children, as the kernel writes them', (t) => {
  t.is(residentBytes('11021 1033 800 5 0 600 0\n'), 1033 * 4096);
  t.is(residentBytes(''), 0);
  t.deepEqual(parseChildren('12 345 '), [12, 345]);
  t.deepEqual(parseChildren(''), []);
});

test('a tree has at least the memory of its root, and a process that is gone none', (t) => {
  t.true(treeBytes(process.pid) > 20e6);
  t.is(treeBytes(2 ** 30), 0);
});

test('the descendants of a process, grandchildren too', async (t) => {
  let seen: string[] = [];
  await measure(['sh', '-c', 'sleep 1 & wait'], (pid) => {
    setTimeout(() => {
      seen = descendants(pid).map((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim());
    }, 500);
  });
  t.deepEqual(seen, ['sh', 'sleep']);
  t.deepEqual(descendants(2 ** 30), []);
});

const MEGABYTES = 60;
/** Two processes at once with that much memory each. */
const HUNGRY = `const b = Buffer.alloc(${MEGABYTES}e6, 1); setTimeout(() => b.length, 600)`;

test('processor time and memory of a command and of its children', async (t) => {
  const node = [process.execPath, '-e', HUNGRY];
  const both = ['sh', '-c', '"$@" & "$@"; wait', 'sh', ...node];
  const usage = await measureMemory(both);
  t.true(usage.seconds >= 0.6 && usage.cpuSeconds > 0);
  t.true(usage.peakBytes > MEGABYTES * 1e6);
  t.true(usage.treePeakBytes > 2 * MEGABYTES * 1e6);
  t.true(usage.treePeakBytes > usage.peakBytes);
});

test('a command that fails is no measurement', async (t) => {
  await t.throwsAsync(measure(['sh', '-c', 'echo no such luck >&2; exit 3']), {
    code: 'tool.failed',
    message: /failed: no such luck/,
  });
});
