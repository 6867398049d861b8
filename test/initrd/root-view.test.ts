import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { byteStringFromText } from '../../src/bytes.js';
import { parseElf } from '../../src/initrd/elf.js';
import { initrdPath } from '../../src/initrd/initrd-file.js';
import { libraryDirectories, wildcard } from '../../src/initrd/library-paths.js';
import { hostView, readViewFile, sourceView } from '../../src/initrd/root-view.js';
import type { RegularFile } from '../../src/rootfs/tree.js';
import { elf } from './helpers/elf.js';
import { source, tree, view } from './helpers/view.js';

test('a tree is a root of its own', async (t) => {
  const root = view({ 'bin/a': 'A', b: '-> /bin/../../bin/a', c: '-> gone', d: '-> bin' });
  t.is(await root.resolve('/b'), 'bin/a');
  t.is(await root.resolve('d/a'), 'bin/a');
  t.is(await root.resolve('c'), undefined);
  t.is(await root.resolve('bin'), undefined, 'folders are no files');
  t.deepEqual(await root.list('d'), ['a']);
  t.deepEqual(await root.list('b'), []);
  t.deepEqual(
    [...(await root.read(['b', 'bin/a', 'gone']))].map(([path]) => path),
    ['b', 'bin/a'],
  );
  t.deepEqual(await readViewFile(root, 'b'), { source: 'bin/a', content: Buffer.from('A') });
  t.is(await readViewFile(root, 'gone'), undefined);
});

test('files of absurd size are refused before they are read', async (t) => {
  const root = tree({ big: 'x' });
  const big = root.entries.get('big') as RegularFile;
  root.entries.set('big', { ...big, size: 2 ** 40 });
  await t.throwsAsync(sourceView(source(root)).read(['big']), { code: 'rootfs.file-too-large' });
});

test('this machine, with names that are not ASCII', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-view-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'd'));
  await writeFile(join(folder, 'd', '\u00fc'), 'content');
  await symlink('d/\u00fc', join(folder, 'link'));
  await writeFile(join(folder, 'big'), '');
  await truncate(join(folder, 'big'), 2 ** 32);

  const at = byteStringFromText(folder).slice(1);
  const name = byteStringFromText('\u00fc');
  t.is(await hostView.resolve(`${at}/link`), `${at}/d/${name}`);
  t.deepEqual(await hostView.list(`${at}/d`), [name]);
  const read = await hostView.read([`${at}/link`, `${at}/gone`, `${at}/d`]);
  t.deepEqual([...read], [[`${at}/link`, Buffer.from('content')]]);
  t.deepEqual(await hostView.list(`${at}/gone`), []);
  await t.throwsAsync(hostView.read([`${at}/big`]), { code: 'rootfs.file-too-large' });
});

test('shell patterns match as a naive matcher does, hostile ones soon', (t) => {
  const naive = (pattern: string, name: string): boolean => {
    if (pattern === '') return name === '';
    if (pattern[0] === '*')
      return naive(pattern.slice(1), name) || (name !== '' && naive(pattern, name.slice(1)));
    return (
      name !== '' &&
      (pattern[0] === '?' || pattern[0] === name[0]) &&
      naive(pattern.slice(1), name.slice(1))
    );
  };
  const word = (letters: string) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(word('ab.*?'), word('ab.'), (pattern, name) => {
      t.is(wildcard(pattern)(name), naive(pattern, name), `${pattern} ${name}`);
    }),
    { numRuns: 1000 },
  );
  const started = performance.now();
  t.false(wildcard(`${'*a'.repeat(60)}b`)('a'.repeat(250)));
  t.true(performance.now() - started < 1000);
});

test('places in the initrd', (t) => {
  t.is(initrdPath('/usr/lib64/x'), 'lib/x');
  t.is(initrdPath('/lib32/ld.so'), 'lib/ld.so');
  t.is(initrdPath('usr/sbin/dmsetup'), 'sbin/dmsetup');
  t.is(initrdPath('/opt/usr/lib64/x'), 'opt/usr/lib64/x');
  t.is(initrdPath('/a/../../../etc/./x//'), 'etc/x');
  fc.assert(
    fc.property(fc.array(fc.constantFrom('usr', 'lib64', '..', '.', '', 'a')), (parts) => {
      const path = initrdPath(parts.join('/'));
      t.is(initrdPath(path), path, 'a place is its own place');
      t.notRegex(path, /^\/|(?:^|\/)\.\.?(?:\/|$)|^usr(?:\/|$)/);
    }),
  );
});

test('hostile ld.so.conf files give a bounded list of folders', async (t) => {
  const files: Record<string, string> = { 'etc/ld.so.conf': 'include *\n'.repeat(50) };
  for (let at = 0; at < 20; at += 1) files[`etc/${at}.conf`] = `/opt/${at}\n`.repeat(500);
  const folders = await libraryDirectories(view(files), parseElf(elf()));
  t.true(folders.length <= 1100);
  t.true(folders.includes('lib'));
});

test('ld.so.conf files that include one another without end are read once each', async (t) => {
  const files: Record<string, string> = { 'etc/ld.so.conf': 'include *\n'.repeat(50) };
  for (let at = 0; at < 20; at += 1) files[`etc/${at}`] = `${'include *\n'.repeat(50)}/opt/${at}\n`;
  const folders = await libraryDirectories(view(files), parseElf(elf()));
  t.is(folders.filter((folder) => folder.startsWith('opt/')).length, 20);
});
