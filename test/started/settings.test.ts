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

test('so many bytes and names', (t) => {
  const many = (count: number, content: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`etc/${index}`, content]));
  // 4 MiB, and the folder itself.
  t.is(found(many(80, 'x'.repeat(65_536))).length, 65);
  t.is(found(many(10_000, '')).length, 8192);
});

test('nothing to look into', (t) => {
  t.deepEqual(found({ 'bin/sh': '', etc: 'a file' }), []);
});
