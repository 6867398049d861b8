import test from 'ava';
import fc from 'fast-check';
import { excludePaths } from '../../src/rootfs/exclude.js';
import { type Directory, walk } from '../../src/rootfs/tree.js';
import { directory, file } from '../fixtures/torture-tree.js';

function tree(paths: readonly string[]): Directory {
  const root = directory();
  for (const path of paths) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let here = root;
    for (const name of names) {
      const next = here.entries.get(name) ?? directory();
      here.entries.set(name, next);
      if (next.kind === 'directory') here = next;
    }
    here.entries.set(last, last === '' ? directory() : file());
  }
  return root;
}

function left(paths: readonly string[], ...globs: string[]) {
  const root = tree(paths);
  const { removed, unmatched } = excludePaths(root, globs);
  const files = [...walk(root)].filter(
    ({ inode }) => inode.kind !== 'directory' || inode.entries.size === 0,
  );
  return { files: files.map(({ path }) => path), removed, unmatched };
}

const PATHS = [
  'usr/share/doc/a/copyright',
  'usr/share/doc/b',
  'var/cache/apt/x.deb',
  'home/doc',
  'etc/\xc3\xa9',
];

test('a glob without a slash matches a name at any depth', (t) => {
  t.deepEqual(left(PATHS, 'doc'), {
    files: ['etc/\xc3\xa9', 'home', 'usr/share', 'var/cache/apt/x.deb'],
    removed: 5,
    unmatched: [],
  });
});

test('a slash inside matches the end of a path, one in front the path from the root', (t) => {
  t.is(left(PATHS, 'share/doc').removed, 4);
  t.is(left(PATHS, '/usr/share/doc').removed, 4);
  t.is(left(PATHS, './usr/share/doc').removed, 4);
  t.deepEqual(left(PATHS, '/share/doc'), { ...left(PATHS), unmatched: ['/share/doc'] });
});

test('/** and /* empty a directory and keep it', (t) => {
  for (const glob of ['/var/cache/**', '/var/cache/*', 'cache/**']) {
    t.deepEqual(left(PATHS, glob).files.at(-1), 'var/cache', glob);
    t.is(left(PATHS, glob).removed, 2, glob);
  }
  t.deepEqual(left(PATHS, '/**').files, ['']);
});

test('** stands for any number of names', (t) => {
  for (const glob of ['/usr/**/copyright', '/**/copyright', 'usr/**/a/**/copyright']) {
    t.is(left(PATHS, glob).removed, 1, glob);
  }
});

test('a slash at the end matches directories only', (t) => {
  t.deepEqual(left(PATHS, 'doc/').files.slice(1, 3), ['home/doc', 'usr/share']);
  t.deepEqual(left(PATHS, 'x.deb/').unmatched, ['x.deb/']);
});

test('globs are text in UTF-8, names are bytes', (t) => {
  t.is(left(PATHS, '/etc/é').removed, 1);
  t.is(left(PATHS, '/etc/??').removed, 1);
});

test('a glob that matches only what another one removes is not called unmatched', (t) => {
  const { removed, unmatched } = left(PATHS, '/usr/share/doc', 'copyright', 'nothing');
  t.is(removed, 4);
  t.deepEqual(unmatched, ['nothing']);
});

test('one name of a hard link goes, the others stay', (t) => {
  const shared = file('x');
  const root = directory({ a: shared, b: shared });
  t.is(excludePaths(root, ['a']).removed, 1);
  t.deepEqual([...root.entries], [['b', shared]]);
});

test('globs that match no path are refused', (t) => {
  for (const glob of ['', '/', '.', './', '../x', 'a/../b']) {
    t.throws(() => excludePaths(directory(), [glob]), { code: 'usage.exclude' }, glob);
  }
});

test('removed counts what is gone, and never the root', (t) => {
  const unit = fc.constantFrom('a', 'b', 'ab');
  const path = fc.array(unit, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  const glob = fc.string({
    unit: fc.constantFrom('a', 'b', '*', '/', '?', '**'),
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(path, { maxLength: 12 }), glob, (paths, text) => {
      fc.pre(/[^/]/.test(text));
      const root = tree(paths);
      const before = [...walk(root)].length;
      const { removed, unmatched } = excludePaths(root, [text]);
      const after = [...walk(root)].length;
      t.is(before - after, removed);
      t.true(after >= 1);
      t.is(removed === 0, unmatched.length === 1);
    }),
  );
});
