import test from 'ava';
import fc from 'fast-check';
import { bootOrder } from '../../src/build/boot-order.js';
import { planExt2 } from '../../src/ext2/index.js';
import { hotRanges } from '../../src/profile/hot-ranges.js';
import {
  discFilesInOrder,
  hasBlocks,
  PROFILE_KINDS,
  type ProfileEntry,
  profileOf,
} from '../../src/profile/profile.js';
import { readAhead } from '../../src/profile/read-ahead.js';
import { type Directory, walk } from '../../src/rootfs/tree.js';
import { buildImage, OPTIONS } from '../ext2/helpers.js';
import { randomTree } from '../ext2/random-trees.js';
import { directory, file, symlink } from '../fixtures/torture-tree.js';

const at = (milliseconds: number, kind: ProfileEntry['kind'], path: string, first = 0, count = 1) =>
  ({ milliseconds, kind, path, first, count }) as const;

/** A profile's ranges with paths in place of inodes. */
function named(root: Directory, entries: readonly ProfileEntry[]) {
  const paths = new Map([...walk(root)].reverse().map(({ path, inode }) => [inode, path]));
  const { ranges, ...counts } = hotRanges(profileOf(entries), root);
  const lines = ranges.map(({ inode, firstBlock, count, isIndirect, isXattr }) => {
    const flags = [...(isIndirect ? ['indirect'] : []), ...(isXattr ? ['xattr'] : [])];
    return [paths.get(inode), firstBlock, count, ...flags].join(' ');
  });
  return { lines, ...counts };
}

const ROOT = directory({
  usr: directory({
    bin: directory({
      dash: file('x'.repeat(50_000)),
      sh: symlink('dash'),
      ls: file('ls'),
      mounted: directory({}),
    }),
    lib: directory({
      'x86_64-linux-gnu': directory({ 'libc.so.6': file('c'), 'libz.so.1.3.1': file('z') }),
    }),
  }),
  lib: symlink('usr/lib'),
  etc: directory({ passwd: file('root'), empty: file('') }),
});

test('ranges come in the order of the profile', (t) => {
  const entries = [
    at(3, 'data', 'usr/bin/dash', 4, 4),
    at(2, 'directory', 'usr/bin'),
    at(4, 'indirect1', 'usr/bin/dash', 12),
    at(5, 'data', 'usr/bin/dash', 0, 4),
    at(1, 'disc', 'live/vmlinuz', 0, 100),
    at(6, 'xattr', 'usr/bin/ls'),
  ];
  t.deepEqual(named(ROOT, entries), {
    lines: [
      ...['usr/bin 0 1', 'usr/bin/dash 4 4', 'usr/bin/dash 12 1024 indirect', 'usr/bin/dash 0 4'],
      'usr/bin/ls 0 0 xattr',
    ],
    paths: 3,
    missing: 0,
  });
});

test('where files are of another version or processor, all files lie there whole', (t) => {
  const other = directory({
    usr: directory({
      bin: directory({ dash: file('x'.repeat(50_000)) }),
      lib: directory({
        'x86_64-linux-gnu': directory({
          'liba.so.2': file('y'.repeat(30_000)),
          'libb.so.2': file('z'.repeat(40_000)),
        }),
      }),
    }),
  });
  const libraries = (a: string, b: string) => [
    at(1, 'data', `usr/lib/${a}`, 3, 2),
    at(1, 'data', `usr/lib/${b}`, 5, 1),
  ];
  const others = [
    at(2, 'data', 'usr/bin/dash', 3, 2),
    at(2, 'directory', 'usr/bin'),
    at(3, 'xattr', 'usr/bin/dash'),
  ];
  const here = 'usr/lib/x86_64-linux-gnu';
  const whole = [`${here}/liba.so.2 0 8`, `${here}/libb.so.2 0 10`, 'usr/bin/dash 0 13'];
  const rest = ['usr/bin 0 1', 'usr/bin/dash 0 0 xattr'];
  for (const [a, b] of [
    ['x86_64-linux-gnu/liba.so.1', 'x86_64-linux-gnu/libb.so.3'],
    ['i386-linux-gnu/liba.so.2', 'i386-linux-gnu/libb.so.2'],
  ] as const) {
    t.deepEqual(named(other, [...libraries(a, b), ...others]).lines, [...whole, ...rest], a);
  }
  const as = [`${here}/liba.so.2 3 2`, `${here}/libb.so.2 5 1`, 'usr/bin/dash 3 2', ...rest];
  for (const a of ['x86_64-linux-gnu/liba.so.2', 'x86_64-linux-gnu/liba.so.1']) {
    // One alone is another library of that name.
    const entries = [...libraries(a, 'x86_64-linux-gnu/libb.so.2'), ...others];
    t.deepEqual(named(other, entries).lines, as, a);
  }
});

test('what is not there is counted, once', (t) => {
  const entries = [
    at(1, 'data', 'usr/bin/cat', 0, 4),
    at(2, 'data', 'usr/bin/cat', 4, 4),
    at(3, 'data', 'usr/bin', 0, 1),
    at(4, 'directory', 'usr/bin/dash', 0, 1),
    at(5, 'data', 'etc/passwd', 0, 1),
  ];
  t.deepEqual(named(ROOT, entries), { lines: ['etc/passwd 0 1'], paths: 4, missing: 3 });
});

test('another processor, another version, /lib for /usr/lib', (t) => {
  const entries = [
    at(1, 'data', 'usr/lib/i386-linux-gnu/libc.so.6'),
    at(2, 'data', 'lib/i386-linux-gnu/libz.so.1.2.13'),
  ];
  t.deepEqual(named(ROOT, entries), {
    lines: ['usr/lib/x86_64-linux-gnu/libc.so.6 0 1', 'usr/lib/x86_64-linux-gnu/libz.so.1.3.1 0 1'],
    paths: 2,
    missing: 0,
  });
});

test('an inode alone counts where its directory was read: files with contents last', (t) => {
  const entries = [
    at(1, 'inode', 'usr/bin/ls'),
    at(1, 'inode', 'usr/bin/mounted'),
    at(1, 'inode', 'usr/bin/sh'),
    at(1, 'inode', 'usr/bin/dash'),
    at(1, 'inode', 'etc/empty'),
    at(2, 'directory', 'usr/bin'),
    at(3, 'data', 'usr/bin/dash'),
  ];
  t.deepEqual(named(ROOT, entries).lines, [
    ...['usr/bin 0 1', 'usr/bin/dash 0 1'],
    ...['usr/bin/mounted 0 0', 'usr/bin/sh 0 0', 'usr/bin/ls 0 0'],
  ]);
});

test("the disc's own files come in the order of their first accesses", (t) => {
  const entries = [
    at(5, 'disc', 'isolinux/menu.c32', 3),
    at(9, 'disc', 'isolinux/isolinux.bin', 1),
    at(3, 'disc', 'isolinux/isolinux.bin'),
    at(4, 'data', 'etc/passwd'),
  ];
  t.deepEqual(discFilesInOrder(profileOf(entries)), ['isolinux/isolinux.bin', 'isolinux/menu.c32']);
});

/** Profiles that name what is there and what is not, in any blocks. */
function randomProfile(root: Directory) {
  const paths = [...walk(root)].map(({ path }) => path);
  const anyPath = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...paths) },
    fc.constantFrom('gone', 'usr/lib/gone.so.1', `${paths.at(-1)}/below`),
    fc
      .array(fc.constantFrom('a', 'b', '__proto__', '0', '1.2', '.'.repeat(3)), { minLength: 1 })
      .map((names) => names.join('/')),
  );
  const entry = fc.record({
    milliseconds: fc.nat(100),
    kind: fc.constantFrom(...PROFILE_KINDS),
    path: anyPath,
    first: fc.oneof(fc.nat(30), fc.nat(2 ** 32 - 1)),
    count: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(2 ** 32)),
  });
  return fc
    .array(entry, { maxLength: 60 })
    .map((entries) =>
      profileOf(entries.map((any) => (hasBlocks(any.kind) ? any : { ...any, first: 0, count: 1 }))),
    );
}

test('any profile makes a clean image of the same size', async (t) => {
  const cases = randomTree.chain((root) =>
    fc.tuple(fc.constant(root), randomProfile(root), fc.boolean()),
  );
  const property = fc.asyncProperty(cases, async ([root, profile, isOwn]) => {
    const { ranges, paths, missing } = hotRanges(profile, root);
    t.true(missing <= paths);
    // As a build has them.
    const ahead = readAhead(ranges);
    const hot = isOwn ? [...ranges, ...ahead] : [...ahead, ...ranges];
    const plan = planExt2(root, { ...OPTIONS, hot, placement: bootOrder(root) });
    t.is(plan.storedBlocks, planExt2(root, OPTIONS).storedBlocks);
    t.true(plan.hotBlocks <= plan.imageBlocks);
    await buildImage(t, plan);
  });
  await t.notThrowsAsync(() => fc.assert(property, { numRuns: 40, endOnFailure: true }));
});
