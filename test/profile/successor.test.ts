import test from 'ava';
import { Successors, stemOf } from '../../src/profile/successor.js';
import { directory, file, symlink } from '../fixtures/torture-tree.js';

const successor = (root: ReturnType<typeof directory>, path: string) =>
  new Successors(root).find(path)?.path;

test('names of the same thing have the same stem', (t) => {
  const same = [
    ['i386-linux-gnu', 'x86_64-linux-gnu', 'aarch64-linux-gnu', 'arm-linux-gnueabihf'],
    ['libsystemd-core-252.so', 'libsystemd-core-253.so'],
    ['libpam.so.0.85.1', 'libpam.so.0.86'],
    ['ld-linux.so.2', 'ld-linux-x86-64.so.2'],
    ['6.1.0-28-686', '6.1.0-50-686-pae', '6.1.0-50-amd64', '6.12.1-1-arm64'],
    ['python3.11', 'python3.12'],
  ];
  for (const names of same) {
    t.is(new Set(names.map(stemOf)).size, 1, names.map(stemOf).join(' '));
  }
  const stems = same.map(([first = '']) => stemOf(first));
  t.is(new Set(stems).size, same.length);
});

test('what is there is itself, though something newer is there too', (t) => {
  const lib = directory({ 'libz.so.1.2': file('a'), 'libz.so.1.3': file('b') });
  const root = directory({ lib });
  t.is(successor(root, 'lib/libz.so.1.2'), 'lib/libz.so.1.2');
  t.is(successor(root, 'lib/libz.so.1.1'), 'lib/libz.so.1.3');
  t.is(successor(root, 'lib/libx.so.1.1'), undefined);
  t.is(successor(root, ''), '');
});

test('the newest kernel stands for one that is gone', (t) => {
  const modules = directory({
    '6.1.0-9-686': directory({ 'modules.dep': file('9') }),
    '6.1.0-30-686': directory({ 'modules.dep': file('30') }),
  });
  const root = directory({ usr: directory({ lib: directory({ modules }) }) });
  t.is(
    successor(root, 'usr/lib/modules/5.10.0-1-amd64/modules.dep'),
    'usr/lib/modules/6.1.0-30-686/modules.dep',
  );
});

test('/usr merged or not', (t) => {
  const split = directory({ bin: directory({ sh: file('') }), usr: directory({}) });
  t.is(successor(split, 'usr/bin/sh'), 'bin/sh');
  const merged = directory({
    bin: symlink('usr/bin'),
    usr: directory({ bin: directory({ sh: file('') }) }),
  });
  t.is(successor(merged, 'bin/sh'), 'bin/sh');
  t.is(
    new Successors(merged).find('bin/sh')?.inode,
    new Successors(merged).find('usr/bin/sh')?.inode,
  );
});

test('a mere number stands for nothing else', (t) => {
  const root = directory({ '1': file('') });
  t.is(successor(root, '2'), undefined);
});

test('symlinks: themselves, their target, in circles', (t) => {
  const root = directory({ a: symlink('b'), b: file(''), c: symlink('d'), d: symlink('c') });
  const successors = new Successors(root);
  t.is(successors.find('a')?.inode.kind, 'symlink');
  t.is(successors.findTarget('a')?.inode.kind, 'file');
  t.is(successors.findTarget('c'), undefined);
  t.is(successors.find('c/x'), undefined);
});

test('paths of thousands of names are no trouble', (t) => {
  const root = directory({ usr: directory({}) });
  t.is(successor(root, 'usr/a'.concat('/a'.repeat(2000))), undefined);
});
