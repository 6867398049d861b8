import { homedir } from 'node:os';
import test from 'ava';
import { run } from '../../src/process.js';
import { expandHome } from '../../src/wizard/home-path.js';

const SHELL = { program: 'sh', purpose: 'expands paths', debianPackage: 'dash' };

test('~ is what it is to a shell', async (t) => {
  const home = homedir();
  const paths = [
    '~',
    '~/',
    '~/x',
    '~/../x',
    '~~',
    './~',
    'x/~',
    '~nobody-at-all/x',
    '/x',
    'x',
    '-',
  ];
  const output = await run(SHELL, ['-c', `HOME=${home}; printf '%s\\n' ${paths.join(' ')}`]);
  const expanded = paths.map((path) => expandHome(path, home));
  t.deepEqual(expanded, output.toString().trimEnd().split('\n'));
  t.is(expanded[2], `${home}/x`);
});

test('a home folder at the top, one that ends in a slash, and none', (t) => {
  t.is(expandHome('~', '/'), '/');
  t.is(expandHome('~/x', '/'), '/x');
  t.is(expandHome('~/x', '/home/ana/'), '/home/ana/x');
  for (const home of [undefined, '', 'ana']) t.is(expandHome('~/x', home), '~/x');
});
