import test from 'ava';
import fc from 'fast-check';
import { run } from '../../src/process.js';
import { compileName, matchesName } from '../../src/rootfs/glob.js';
import { tool } from './helpers.js';

const matches = (glob: string, name: string) => matchesName(compileName(glob), name);

test('stars, question marks and sets match as in a shell', (t) => {
  const yes: [string, string][] = [
    ['*', ''],
    ['*.py?', 'a.pyc'],
    ['a*b*c', 'aXbYbZc'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[^a]', '\xff'],
    ['[]]', ']'],
    ['[!]]', 'a'],
    ['[a-]', '-'],
    ['[\\]]', ']'],
    ['\\*', '*'],
    ['a[', 'a['],
    ['[', '['],
    ['x\\', 'x\\'],
    ['\xe9?', '\xe9\n'],
  ];
  const no: [string, string][] = [
    ['', 'a'],
    ['?', ''],
    ['*.pyc', 'pyc'],
    ['[a-c]', 'd'],
    ['[!a]', 'a'],
    ['\\*', 'a'],
    ['a', 'A'],
    ['[z-a]', 'm'],
  ];
  for (const [glob, name] of yes) t.true(matches(glob, name), `${glob} ${name}`);
  for (const [glob, name] of no) t.false(matches(glob, name), `${glob} ${name}`);
});

test('globs agree with a shell on random patterns', async (t) => {
  const unit = fc.constantFrom('a', 'b', '*', '?', '[', ']', '!', '-', '\\');
  const globs = fc.string({ unit, maxLength: 7 });
  const names = fc.string({ unit: fc.constantFrom('a', 'b', '-', ']', '!'), maxLength: 6 });
  const pairs = fc.sample(fc.tuple(globs, names), { numRuns: 3000, seed: 1 }).filter(([glob]) => {
    // What POSIX leaves open: a backslash at the end or in brackets, ranges that end with a set's own
    // signs.
    return !/\\$|\[[^\]]*\\|\[!?\]?[^\]]*-[[\]!]|\[[!]?-|--/.test(glob);
  });
  const quote = (text: string) => `'${text}'`;
  const script = pairs
    .map(([glob, name]) => `g=${quote(glob)}; case ${quote(name)} in $g) echo 1;; *) echo 0;; esac`)
    .join('\n');
  const shell = (await run(tool('bash'), ['-s'], `${script}\n`)).toString().trim().split('\n');
  t.true(pairs.length > 1000);
  const different = pairs.filter(
    ([glob, name], index) => matches(glob, name) !== (shell[index] === '1'),
  );
  t.deepEqual(different, []);
});

test('a pattern of many stars is quick on a long name', (t) => {
  const started = performance.now();
  t.false(matches(`${'*a'.repeat(50)}b`, 'a'.repeat(255)));
  t.true(performance.now() - started < 500);
});
