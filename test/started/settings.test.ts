import test from 'ava';
import { walk } from '../../src/rootfs/tree.js';
import { settings } from '../../src/started/settings.js';
import { type Files, tree } from '../initrd/helpers/view.js';

function found(files: Files): string[] {
  const root = tree(files);
  const inodes = new Set(settings(root));
  return [...walk(root)].filter(({ inode }) => inodes.has(inode)).map(({ path }) => path);
}

test('small files, folders and links of settings; of /var the folders', (t) => {
  t.deepEqual(
    found({
      'etc/own/own.conf': 'x',
      'etc/own/link': '-> own.conf',
      'etc/large': 'x'.repeat(65_537),
      'usr/lib/sysctl.d/50.conf': '',
      'usr/lib/other/file': '',
      'var/lib/own/state': '',
      'home/file': '',
    }),
    [
      ...['etc', 'etc/own', 'etc/own/link', 'etc/own/own.conf'],
      ...['usr/lib/sysctl.d', 'usr/lib/sysctl.d/50.conf'],
      ...['var', 'var/lib', 'var/lib/own'],
    ],
  );
});

test('so many blocks: of files, of folders with many names', (t) => {
  const many = (count: number, content: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`etc/${index}`, content]));
  // 1,024 blocks: one of the folder, 16 of each file.
  t.is(found(many(80, 'x'.repeat(65_536))).length, 1 + 63);
  // 4,000 names take 32 blocks of the folder.
  t.is(found(many(4000, 'x')).length, 1 + 1024 - 32);
  // A million would take more than all.
  const names = Object.fromEntries(
    Array.from({ length: 140_000 }, (_, index) => [`var/a/${index}`, '']),
  );
  t.deepEqual(found({ 'var/b/c': '', ...names }), ['var', 'var/b']);
});

test('what lies deep in /var, and hidden folders, are no places to look into', (t) => {
  const files = { 'etc/.git/objects/1': 'x', 'etc/.pwd.lock': '', 'var/1/2/3/4/5': '' };
  t.deepEqual(found(files), ['etc', 'etc/.pwd.lock', 'var', 'var/1', 'var/1/2', 'var/1/2/3']);
});

test('nothing to look into', (t) => {
  t.deepEqual(found({ 'bin/sh': '', etc: 'a file' }), []);
});
