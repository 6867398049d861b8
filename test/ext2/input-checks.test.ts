import test from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { planExt2 } from '../../src/ext2/index.js';
import type { DataRun, Directory, Inode } from '../../src/rootfs/tree.js';
import { attributes, device, directory, file, symlink, wireAcl } from '../fixtures/torture-tree.js';
import { buildImage, debugfs, OPTIONS } from './helpers.js';

function refuses(name: string, entry: [string, Inode], code: string, message: RegExp): void {
  test(`refuses ${name}`, (t) => {
    const root = directory({ etc: directory([entry]) });
    t.throws(() => planExt2(root, OPTIONS), { instanceOf: SnapdiscError, code, message });
  });
}

function withRuns(size: number, runs: DataRun[]): Inode {
  return { ...attributes(), kind: 'file', size, runs };
}

function withXattr(name: string, value: Uint8Array): [string, Inode] {
  return ['file', file('', { xattrs: [{ name, value }] })];
}

refuses('a name of 256 bytes', ['n'.repeat(256), file()], 'source.name-too-long', /256 bytes/);
for (const name of ['', '.', '..', 'a/b', 'a\0b']) {
  refuses(`the name ${JSON.stringify(name)}`, [name, file()], 'source.bad-name', /file name/);
}
refuses('an empty symlink', ['link', symlink('')], 'source.bad-symlink', /\/etc\/link/);
refuses('a NUL in a symlink', ['link', symlink('a\0')], 'source.bad-symlink', /NUL/);
refuses(
  'a symlink of 4096 bytes',
  ['link', symlink('x'.repeat(4096))],
  'source.bad-symlink',
  /4096/,
);
refuses('an owner over 32 bits', ['f', file('', { uid: 2 ** 32 })], 'source.corrupt', /4294967296/);
refuses('a negative group', ['f', file('', { gid: -1 })], 'source.corrupt', /-1/);
refuses('a major number over 12 bits', ['d', device('char', 4096, 0)], 'source.corrupt', /4096:0/);
refuses(
  'a minor number over 20 bits',
  ['d', device('block', 1, 2 ** 20)],
  'source.corrupt',
  /bits/,
);
refuses('a negative size', ['f', withRuns(-1, [])], 'source.corrupt', /size/);
refuses(
  'no time',
  ['f', file('', { mtime: { seconds: Number.NaN, nanoseconds: 0 } })],
  'source.corrupt',
  /NaN/,
);
const broken: readonly (readonly [string, DataRun[]])[] = [
  ['reaches past the end', [{ offset: 5, length: 6 }]],
  ['is empty', [{ offset: 5, length: 0 }]],
  ['begins before the file', [{ offset: -1, length: 2 }]],
  ['has no whole offset', [{ offset: 0.5, length: 2 }]],
];
for (const [name, runs] of broken) {
  refuses(`a run that ${name}`, ['f', withRuns(10, runs)], 'source.corrupt', /\/etc\/f/);
}
const overlapping = [
  { offset: 0, length: 5 },
  { offset: 4, length: 5 },
];
refuses('overlapping runs', ['f', withRuns(10, overlapping)], 'source.corrupt', /overlap/);
refuses(
  'xattrs larger than a block',
  withXattr('user.big', Buffer.alloc(4041)),
  'source.xattr-too-large',
  /\/etc\/file.*4100 bytes/,
);
refuses(
  'unknown xattr namespaces',
  withXattr('btrfs.x', Buffer.alloc(1)),
  'source.xattr-unsupported',
  /btrfs/,
);
refuses(
  'an xattr without a name',
  withXattr('user.', Buffer.alloc(1)),
  'source.xattr-unsupported',
  /user/,
);
refuses(
  'a broken ACL',
  withXattr('system.posix_acl_access', Buffer.from('0200000001', 'hex')),
  'source.xattr-unsupported',
  /not a valid POSIX ACL/,
);
refuses(
  'an ACL with an unknown tag',
  withXattr('system.posix_acl_access', wireAcl([[0x40, 7, 0]])),
  'source.xattr-unsupported',
  /ACL/,
);

test('an ACL without entries is no ACL', async (t) => {
  const [name, inode] = withXattr('system.posix_acl_access', wireAcl([]));
  const root = directory([[name, inode]]);
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  t.regex(await debugfs(image, 'stat /file'), /File ACL: 0/);
});

test('all that is wrong is reported at once', (t) => {
  const entries: [string, Inode][] = [
    ['bad', symlink('')],
    ['n'.repeat(300), file()],
  ];
  for (let index = 0; index < 30; index++) entries.push([`f${index}`, file('', { uid: -1 })]);
  const error = t.throws(() => planExt2(directory(entries), OPTIONS), {
    instanceOf: SnapdiscError,
  });
  t.is(error?.code, 'source.bad-symlink');
  t.is(error?.message.split('\n').length, 21);
  t.regex(error?.message ?? '', /and 12 more/);
  t.truthy(error?.hint);
});

test('a directory under two names is refused, even inside itself', (t) => {
  const loop = directory();
  loop.entries.set('again', loop);
  const root = directory({ loop });
  t.throws(() => planExt2(root, OPTIONS), {
    code: 'source.corrupt',
    message: /\/loop\/again is the same directory as \/loop/,
  });
  root.entries.set('root', root);
  t.throws(() => planExt2(root, OPTIONS), { code: 'source.corrupt' });
});

function withSubdirectories(count: number): Directory {
  return directory(
    Array.from({ length: count }, (_, index) => [`d${index}`, directory()] as const),
  );
}

test('64,998 subdirectories are clean, one more is refused', async (t) => {
  const full = directory({ full: withSubdirectories(64_998) });
  t.throws(() => planExt2(directory({ over: withSubdirectories(64_999) }), OPTIONS), {
    code: 'source.too-many-links',
    message: /\/over has too many subdirectories/,
  });
  const image = await buildImage(t, planExt2(full, OPTIONS), full);
  t.regex(await debugfs(image, 'stat /full'), /Links: 65000 /);
});

test('more than 65,000 names of a file are refused', (t) => {
  const linked = file();
  const names = Array.from({ length: 65_001 }, (_, index) => [`l${index}`, linked] as const);
  t.throws(() => planExt2(directory(names), OPTIONS), { code: 'source.too-many-links' });
  t.notThrows(() => planExt2(directory(names.slice(1)), OPTIONS));
});

test('a file called lost+found stays a file', async (t) => {
  const root = directory({ 'lost+found': file('not a directory\n') });
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  t.is(await debugfs(image, 'cat /lost+found'), 'not a directory\n');
});

test('options are checked', (t) => {
  const root = directory();
  const plan = (changes: object) => () => planExt2(root, { ...OPTIONS, ...changes });
  t.throws(plan({ label: 'longer than 16 by' }), { code: 'usage.label' });
  t.throws(plan({ label: 'ééééééééé' }), { code: 'usage.label' });
  t.notThrows(plan({ label: 'exactly 16 bytes' }));
  t.throws(plan({ headroomBytes: -1 }), { code: 'usage.headroom' });
  t.throws(plan({ headroomBytes: Number.NaN }), { code: 'usage.headroom' });
  t.throws(plan({ headroomBytes: 2 ** 52 }), { code: 'usage.headroom' });
  t.throws(plan({ uuid: new Uint8Array(15) }), { instanceOf: RangeError });
  t.throws(plan({ created: -1 }), { instanceOf: RangeError });
});
