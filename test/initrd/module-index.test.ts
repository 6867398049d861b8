import test from 'ava';
import fc from 'fast-check';
import { moduleName, parseModuleIndex } from '../../src/initrd/module-index.js';

test('names lose folder, suffix and hyphens', (t) => {
  t.is(moduleName('kernel/drivers/md/dm-mod.ko'), 'dm_mod');
  t.is(moduleName('kernel/drivers/md/dm-mod.ko.zst'), 'dm_mod');
  t.is(moduleName('extra.ko.xz'), 'extra');
});

test('reads every index file', (t) => {
  const index = parseModuleIndex({
    dep: 'kernel/a-b.ko.xz: kernel/c.ko.xz kernel/d.ko.xz\nkernel/c.ko.xz:\n\nno colon\n: nothing\n',
    builtin: 'kernel/fs/isofs/isofs.ko\n',
    builtinModinfo: 'crc32c_generic.alias=crypto-crc32c\0crc32c_generic.license=GPL\0junk\0',
    softdep: '# comment\nsoftdep a-b pre: x y post: z\nsoftdep c post: z pre: w\nsoftdep d old\n',
    alias: '# comment\nalias fs-a a_b\nalias pci:v*d* c\nalias broken\n',
  });
  t.deepEqual(
    [...index.paths],
    [
      ['a_b', 'kernel/a-b.ko.xz'],
      ['c', 'kernel/c.ko.xz'],
    ],
  );
  t.deepEqual(index.needs.get('a_b'), ['c', 'd']);
  t.deepEqual([...index.builtin], ['isofs']);
  t.deepEqual(
    [...index.softNeeds],
    [
      ['a_b', ['x', 'y']],
      ['c', ['w']],
      ['d', []],
    ],
  );
  t.deepEqual(index.aliases, [
    { pattern: 'fs-a', module: 'a_b' },
    { pattern: 'pci:v*d*', module: 'c' },
  ]);
  t.deepEqual(index.byAlias.get('fs_a'), ['a_b']);
  t.deepEqual(index.byAlias.get('crypto_crc32c'), ['crc32c_generic']);
});

test('any text is read without complaint', (t) => {
  const words = fc.constantFrom('alias', 'softdep', 'pre:', ':', '\n', ' ', 'a', '__proto__', '#');
  const text = fc.oneof(
    fc.string(),
    fc.array(words).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (file) => {
      const index = parseModuleIndex({
        dep: file,
        builtin: file,
        builtinModinfo: file,
        softdep: file,
        alias: file,
      });
      t.true(index.paths instanceof Map);
    }),
  );
});
