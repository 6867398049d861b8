import test, { type ExecutionContext } from 'ava';
import { openTar } from '../../../src/rootfs/tar/open-tar.js';
import { lookup } from '../../../src/rootfs/tree.js';
import { describeTree, temporaryFile } from '../helpers.js';
import { archive, entry, GNU, header, pax, V7 } from './craft.js';

async function open(t: ExecutionContext, bytes: Buffer) {
  const source = await openTar(await temporaryFile(t, bytes));
  t.teardown(() => source.close());
  return source;
}

async function contentOf(source: Awaited<ReturnType<typeof open>>, path: string) {
  const file = lookup(source.root, path);
  return file?.kind === 'file'
    ? (await source.fetch([file])).get(file)?.toString('latin1')
    : undefined;
}

test('parents the archive leaves out are root-owned directories of mode 755', async (t) => {
  const { root } = await open(t, archive(entry({ name: 'a/b/c' })));
  t.deepEqual(describeTree(root).slice(0, 3), [
    '"" directory 755 0:0 0.000000000 ',
    '"a" directory 755 0:0 0.000000000 ',
    '"a/b" directory 755 0:0 0.000000000 ',
  ]);
});

test('a directory entry may follow what is in it, and gives its attributes', async (t) => {
  const parts = [entry({ name: 'a/b' }), entry({ name: 'a/', typeflag: '5', mode: 0o1777 })];
  const { root } = await open(t, archive(...parts));
  t.is(lookup(root, 'a')?.mode, 0o1777);
  t.is(lookup(root, 'a/b')?.kind, 'file');
});

test('a directory replaces a symlink of its name instead of following it', async (t) => {
  const parts = [
    entry({ name: 'target/keep' }),
    entry({ name: 'd', typeflag: '2', linkName: 'target' }),
    entry({ name: 'd/', typeflag: '5' }),
    entry({ name: 'd/new' }),
  ];
  const { root } = await open(t, archive(...parts));
  t.is(lookup(root, 'd', { followLast: false })?.kind, 'directory');
  t.is(lookup(root, 'target/new'), undefined);
});

test('a file replaces a symlink of its name instead of writing through it', async (t) => {
  const parts = [
    entry({ name: 'passwd' }, 'real'),
    entry({ name: 'l', typeflag: '2', linkName: 'passwd' }),
    entry({ name: 'l' }, 'new'),
  ];
  const source = await open(t, archive(...parts));
  t.is(await contentOf(source, 'passwd'), 'real');
  t.is(await contentOf(source, 'l'), 'new');
});

test('a file may follow the empty directory it replaces, and be replaced by one', async (t) => {
  const parts = [
    entry({ name: 'x/', typeflag: '5' }),
    entry({ name: 'x' }, 'file'),
    entry({ name: 'x', typeflag: '5' }),
    entry({ name: 'x/y' }),
  ];
  const source = await open(t, archive(...parts));
  t.is(lookup(source.root, 'x/y')?.kind, 'file');
  t.is(source.dataBytes, 0);
});

test('a hard link keeps what it linked to when that name is replaced later', async (t) => {
  const parts = [
    entry({ name: 'a' }, 'old'),
    entry({ name: 'b', typeflag: '1', linkName: './a' }),
    entry({ name: 'a' }, 'newer'),
  ];
  const source = await open(t, archive(...parts));
  t.is(await contentOf(source, 'a'), 'newer');
  t.is(await contentOf(source, 'b'), 'old');
  t.is(source.dataBytes, 8);
});

test('hard links state sizes without having data', async (t) => {
  const parts = [
    entry({ name: 'a' }, 'data'),
    header({ name: 'b', typeflag: '1', linkName: 'a', size: 4 }),
    entry({ name: 'c' }),
  ];
  const { root } = await open(t, archive(...parts));
  t.is(lookup(root, 'b'), lookup(root, 'a'));
  t.is(lookup(root, 'c')?.kind, 'file');
});

test('a hard link to a symlink is that symlink', async (t) => {
  const parts = [
    entry({ name: 's', typeflag: '2', linkName: 'nowhere' }),
    entry({ name: 'h', typeflag: '1', linkName: 's' }),
  ];
  const { root } = await open(t, archive(...parts));
  t.is(root.entries.get('h'), root.entries.get('s'));
});

test('global records hold for all entries, those of an entry for one', async (t) => {
  const parts = [
    pax({ uid: '42', comment: 'x' }, 'g'),
    entry({ name: 'a' }),
    pax({ uid: '43' }),
    entry({ name: 'b' }),
    entry({ name: 'c' }),
  ];
  const { root } = await open(t, archive(...parts));
  t.deepEqual(
    [...root.entries.values()].map(({ uid }) => uid),
    [42, 43, 42],
  );
});

test('a PAX record makes up for a number that its field cannot hold', async (t) => {
  const parts = [
    pax({ uid: '3000000000', size: '3' }),
    entry({ name: 'a', uid: Buffer.from('garbage'), size: 'toolarge' }, 'abc'),
  ];
  const source = await open(t, archive(...parts));
  t.is(lookup(source.root, 'a')?.uid, 3_000_000_000);
  t.is(await contentOf(source, 'a'), 'abc');
});

test('modes with file type bits, V7 directories and contiguous files', async (t) => {
  const parts = [
    entry({ name: 'd/', typeflag: '\0', magic: V7, mode: 0o40755 }),
    entry({ name: 'd/f', typeflag: '\0', magic: V7, mode: 0o100640 }, 'v7'),
    entry({ name: 'd/c', typeflag: '7' }, 'contiguous'),
  ];
  const source = await open(t, archive(...parts));
  t.is(lookup(source.root, 'd')?.mode, 0o755);
  t.is(lookup(source.root, 'd/f')?.mode, 0o640);
  t.is(await contentOf(source, 'd/c'), 'contiguous');
});

test('names are bytes, in headers and in PAX records', async (t) => {
  const parts = [
    entry({ name: 'latin\xe9', magic: GNU }),
    pax({ path: 'new\nline\xff\x80' }),
    entry({ name: 'x' }),
    pax({ linkpath: '\xf0\xff' }),
    entry({ name: 'link', typeflag: '2', linkName: 'x' }),
  ];
  const { root } = await open(t, archive(...parts));
  t.deepEqual([...root.entries.keys()], ['latin\xe9', 'new\nline\xff\x80', 'link']);
  const link = root.entries.get('link');
  t.is(link?.kind === 'symlink' ? link.target : '', '\xf0\xff');
});

test('zeros after the end are normal, anything else is a warning', async (t) => {
  const whole = archive(entry({ name: 'a' }));
  t.deepEqual((await open(t, Buffer.concat([whole, Buffer.alloc(8192)]))).warnings, []);
  const concatenated = await open(t, Buffer.concat([whole, archive(entry({ name: 'b' }))]));
  t.is(concatenated.warnings.length, 1);
  t.regex(concatenated.warnings[0] ?? '', /1536 bytes.*--concatenate/);
  t.is(lookup(concatenated.root, 'b'), undefined);
});

test('one zero block at the very end ends an archive too', async (t) => {
  const source = await open(t, Buffer.concat([entry({ name: 'a' }), Buffer.alloc(512)]));
  t.is(source.root.entries.size, 1);
});

test('a deep path of thousands of directories is read', async (t) => {
  const path = 'd/'.repeat(8000);
  const { root } = await open(t, archive(pax({ path: `${path}f` }), entry({ name: 'x' })));
  t.is(lookup(root, `${path}f`)?.kind, 'file');
});

test('access control lists in text are left out with a warning, in the kernel form they stay', async (t) => {
  const text = { 'SCHILY.acl.access': 'user::rw-,user:5:r--,group::r--,mask::r--,other::r--' };
  const raw = { 'SCHILY.xattr.system.posix_acl_access': '\x02\0\0\0' };
  const parts = [pax(text), entry({ name: 'a' }), pax({ ...text, ...raw }), entry({ name: 'b' })];
  const { warnings, root } = await open(t, archive(...parts));
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /lists of 1 entries/);
  t.deepEqual(root.entries.get('a')?.xattrs, []);
  t.is(root.entries.get('b')?.xattrs[0]?.name, 'system.posix_acl_access');
});
