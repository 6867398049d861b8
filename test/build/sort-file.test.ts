import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { parseSortFile, readSortFile, sortWeight } from '../../src/build/sort-file.js';

const run = promisify(execFile);

const RULES = [
  '# mine',
  '',
  './a/first 500',
  'a -7',
  'a/b/*.bin 20\r',
  '/with blank\t3',
  'a/b/x.bin 40',
  '*.md\t\t1',
];

test('the last rule that matches counts, else the one for the directory', (t) => {
  const rules = parseSortFile(RULES.join('\n'));
  const weight = (path: string) => sortWeight(rules, path);
  t.is(weight('a/first'), 500);
  t.is(weight('a/other'), -7);
  t.is(weight('a/b/c/d'), -7);
  t.is(weight('a/b/y.bin'), 20);
  t.is(weight('a/b/x.bin'), 40);
  t.is(weight('with blank'), 3);
  t.is(weight('README.md'), 1);
  t.is(weight('docs/README.md'), undefined);
  t.is(weight(''), undefined);
});

test('what is wrong is named with its line, all at once', (t) => {
  const text = ['a 1', 'nothing', '../up 2', '/ 3', 'b 1.5', '12', 'c 1'].join('\n');
  const error = t.throws(() => parseSortFile(text), { code: 'usage.sort' });
  for (const line of [2, 3, 4, 5, 6]) t.true(error?.message.includes(`line ${line} `), `${line}`);
  t.false(/line [17] /.test(error?.message ?? ''));
});

test('any text is a sort file or told to be none', (t) => {
  const anyText = fc.property(fc.string({ unit: 'binary-ascii' }), fc.string(), (text, path) => {
    try {
      sortWeight(parseSortFile(text), path);
    } catch (error) {
      if ((error as { code?: string }).code !== 'usage.sort') throw error;
    }
  });
  t.notThrows(() => fc.assert(anyText));
});

test('a file that cannot be read is told by name', async (t) => {
  const error = await t.throwsAsync(readSortFile('/nonexistent/order'), { code: 'usage.sort' });
  t.regex(error?.message ?? '', /\/nonexistent\/order/);
});

test('genisoimage orders files alike', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-sort-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const paths = ['a/first', 'a/other', 'a/b/x.bin', 'a/b/y.bin', 'c/README.md', 'top.md', 'zero'];
  for (const path of paths) {
    await mkdir(dirname(join(folder, 'tree', path)), { recursive: true });
    await writeFile(join(folder, 'tree', path), path);
  }
  const lines = ['a/first 500', 'a -7', 'a/b/*.bin 20', 'a/b/x.bin 40', '*.md 1', 'c/* 90'];
  const order = lines.map((line) => `tree/${line}`).join('\n');
  await writeFile(join(folder, 'order'), `${order}\n`);
  const iso = ['-quiet', '-R', '-sort', 'order', '-o', 'disc.iso', 'tree'];
  await run('genisoimage', iso, { cwd: folder });
  const { stdout } = await run('isoinfo', ['-R', '-l', '-i', 'disc.iso'], { cwd: folder });
  const theirs: { path: string; lba: number }[] = [];
  let directory = '';
  for (const line of stdout.split('\n')) {
    directory = /^Directory listing of \/(.*)$/.exec(line)?.[1] ?? directory;
    const [, lba, name] = /^-.*\[ *(\d+) \d+\]\s+(\S+)/.exec(line) ?? [];
    if (name !== undefined) theirs.push({ path: `${directory}${name}`, lba: Number(lba) });
  }
  t.is(theirs.length, paths.length);
  theirs.sort((a, b) => a.lba - b.lba);
  const rules = parseSortFile(order);
  const weights = theirs.map(({ path }) => sortWeight(rules, `tree/${path}`) ?? 0);
  t.deepEqual(
    weights,
    [...weights].sort((a, b) => b - a),
  );
  t.deepEqual(new Set(weights), new Set([500, 90, 40, 20, 1, 0, -7]));
});
