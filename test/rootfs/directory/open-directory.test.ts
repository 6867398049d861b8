import {
  appendFile,
  link,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { SnapdiscError } from '../../../src/errors.js';
import { run } from '../../../src/process.js';
import { openDirectory } from '../../../src/rootfs/directory/open-directory.js';
import { lookup } from '../../../src/rootfs/tree.js';
import { device, directory, file, symlink as link_ } from '../../fixtures/torture-tree.js';
import {
  describeSource,
  describeTree,
  isRoot,
  materialise,
  temporaryDirectory,
  tool,
} from '../helpers.js';

const OWNER = isRoot ? {} : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test('names, links, devices and times of a directory are read exactly', async (t) => {
  const folder = await temporaryDirectory(t);
  const time = { mtime: { seconds: 4_500_000_000, nanoseconds: 250_000_000 }, ...OWNER };
  const shared = file('shared', time);
  const tree = directory(
    {
      'latin-\xe9': file('x', { ...time, mode: 0o4755 }),
      'new\nline': directory({ 'back\\slash': shared }, { ...time, mode: 0o1777 }),
      shared,
      '-rf': link_('\xff\xfe/target', time),
      pipe: { ...file('', time), kind: 'fifo' },
      ...(isRoot
        ? { sda: device('block', 8, 300, time), tty: device('char', 4095, 1_048_575, time) }
        : {}),
    },
    time,
  );
  await materialise(tree, folder);
  t.deepEqual(await describeSource(t, await openDirectory(folder)), describeTree(tree));
});

test('sockets are kept, files of other processes too', async (t) => {
  const folder = await temporaryDirectory(t);
  const server = createServer();
  await new Promise<void>((done) => void server.listen(join(folder, 'socket'), done));
  t.teardown(() => server.close());
  const source = await openDirectory(folder);
  t.is(source.root.entries.get('socket')?.kind, 'socket');
});

test('a directory given through a symlink is that directory', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'real'));
  await writeFile(join(folder, 'real/file'), 'x');
  await run(tool('setfattr', 'attr'), ['-n', 'user.seen', '-v', 'yes', join(folder, 'real/file')]);
  await symlink('real', join(folder, 'link'));
  const source = await openDirectory(join(folder, 'link'));
  t.deepEqual(source.root.entries.get('file')?.xattrs, [
    { name: 'user.seen', value: Buffer.from('yes') },
  ]);
});

test('large files come in pieces of a megabyte, small ones whole', async (t) => {
  const folder = await temporaryDirectory(t);
  const bytes = Buffer.alloc(5_500_000);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
  await writeFile(join(folder, 'large'), bytes);
  for (let index = 0; index < 200; index++)
    await writeFile(join(folder, `small${index}`), `${index}`);
  const source = await openDirectory(folder);
  const large = lookup(source.root, 'large');
  const sizes: number[] = [];
  for await (const { file: from, offset, data } of source.read()) {
    if (from !== large) continue;
    sizes.push(data.length);
    t.true(bytes.subarray(offset, offset + data.length).equals(data));
  }
  t.deepEqual(sizes, [1, 1, 1, 1, 1].map((mib) => mib * 1_048_576).concat(5_500_000 % 1_048_576));
  await describeSource(t, source);
});

test('files that the build made itself are not read, removed ones neither', async (t) => {
  const folder = await temporaryDirectory(t);
  for (const name of ['keep', 'replace', 'remove']) await writeFile(join(folder, name), name);
  const source = await openDirectory(folder);
  const replaced = file('other contents');
  source.root.entries.set('replace', replaced);
  source.root.entries.delete('remove');
  t.is(source.dataBytes, 4);
  const read = [];
  for await (const { data } of source.read()) read.push(Buffer.from(data).toString());
  t.deepEqual(read, ['keep']);
  t.is((await source.fetch([replaced])).get(replaced)?.toString(), 'other contents');
});

const CHANGES: Record<string, (path: string) => Promise<unknown>> = {
  grew: (path) => appendFile(path, 'more'),
  shrank: (path) => writeFile(path, ''),
  vanished: (path) => rm(path),
  'was written in place': (path) => utimes(path, 1, 1),
  'was replaced by another file': async (path) => {
    await writeFile(`${path}.new`, 'contents');
    await rename(`${path}.new`, path);
  },
  'became a symlink': async (path) => {
    await rm(path);
    await symlink('/etc/passwd', path);
  },
  'became a fifo': async (path) => {
    await rm(path);
    await run(tool('mkfifo', 'coreutils'), [path]);
  },
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`a file that ${what} between the passes is source.changed`, async (t) => {
    const folder = await temporaryDirectory(t);
    for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), 'contents');
    const source = await openDirectory(folder);
    await change(join(folder, 'b'));
    const reading = async () => {
      for await (const _ of source.read());
    };
    const error = await t.throwsAsync(reading, { code: 'source.changed', message: /"\/b"/ });
    t.truthy((error as unknown as SnapdiscError | undefined)?.hint);
  });
}

test('a new hard link between the passes changes nothing', async (t) => {
  const folder = await temporaryDirectory(t);
  await writeFile(join(folder, 'a'), 'contents');
  const source = await openDirectory(folder);
  await link(join(folder, 'a'), join(folder, 'b'));
  t.is((await describeSource(t, source)).length, 2);
});

test('leaving read() early closes the files', async (t) => {
  const folder = await temporaryDirectory(t);
  for (let index = 0; index < 50; index++) await writeFile(join(folder, `${index}`), 'x');
  const source = await openDirectory(folder);
  for await (const { data } of source.read()) {
    t.is(data.length, 1);
    break;
  }
  const open = await Promise.all(
    // Files of others come and go in between.
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  t.deepEqual(
    open.filter((path) => path.startsWith(folder)),
    [],
  );
});

test('an empty directory is source.empty', async (t) => {
  await t.throwsAsync(openDirectory(await temporaryDirectory(t)), { code: 'source.empty' });
});

test('everything that cannot be read is listed together', async (t) => {
  const folder = await temporaryDirectory(t);
  // A path longer than Linux takes, which root cannot read either: one half moved below the other.
  const half = Array.from({ length: 11 }, () => 'd'.repeat(200)).join('/');
  for (const name of ['a', 'b']) await mkdir(join(folder, name, half), { recursive: true });
  await rename(join(folder, 'b'), join(folder, 'a', half, 'b'));
  t.teardown(() => run(tool('rm', 'coreutils'), ['-rf', join(folder, 'a')]));
  const expected = ['ENAMETOOLONG'];
  if (!isRoot) {
    for (const name of ['closed', 'secret']) await mkdir(join(folder, name), { mode: 0 });
    await writeFile(join(folder, 'file'), 'x', { mode: 0 });
    expected.unshift('EACCES', 'EACCES', 'EACCES');
  }
  const error = await t.throwsAsync(openDirectory(folder), { instanceOf: SnapdiscError });
  t.is((error as SnapdiscError).code, 'source.unreadable');
  const reasons = [...(error?.message ?? '').matchAll(/^ {2}\/.*\((\w+)\)$/gm)];
  t.deepEqual(reasons.map(([, reason]) => reason).sort(), expected.sort());
});
