import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { run } from '../../src/process.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { lookup } from '../../src/rootfs/tree.js';
import { describeSource, temporaryDirectory, temporaryFile, tool } from './helpers.js';
import { archive, entry } from './tar/craft.js';

const ROOTFS = archive(
  entry({ name: './bin/sh' }, '#!'),
  entry({ name: './etc/passwd' }, 'root:x:0:0::/:/bin/sh\n'),
);

async function fails(t: ExecutionContext, path: string, code: string, message?: RegExp) {
  const error = await t.throwsAsync(openSource(path), { instanceOf: SnapdiscError });
  const { code: found, hint } = error as SnapdiscError;
  t.is<string, string>(found, code);
  t.truthy(hint);
  if (message !== undefined) t.regex(error?.message ?? '', message);
}

test('directories, archives and compressed archives open by what they are', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'etc'));
  const paths = [folder, await temporaryFile(t, ROOTFS), await temporaryFile(t, gzipSync(ROOTFS))];
  const descriptions = [];
  for (const path of paths) {
    const source = await openSource(path);
    descriptions.push(source.description.replace(path, 'PATH'));
    t.is(lookup(source.root, 'bin')?.kind, 'directory');
    await source.close();
  }
  t.deepEqual(descriptions, ['directory PATH', 'tar archive PATH', 'tar archive PATH']);
});

test('standard input is spooled, with a notice, and the spool is removed', async (t) => {
  const spoolDirectory = await temporaryDirectory(t);
  const notes: string[] = [];
  const source = await openSource('-', {
    stdin: Readable.from([ROOTFS.subarray(0, 700), ROOTFS.subarray(700)]),
    spoolDirectory,
    onNote: (text) => notes.push(text),
  });
  t.is(notes.length, 1);
  t.regex(notes[0] ?? '', /Spooling standard input .* read twice/);
  t.is(source.description, 'tar archive standard input');
  t.is((await readdir(spoolDirectory)).length, 1);
  t.is((await describeSource(t, source)).length, 5);
  await source.close();
  await source.close();
  t.deepEqual(await readdir(spoolDirectory), []);
});

test('a bad archive on standard input leaves no spool', async (t) => {
  const spoolDirectory = await temporaryDirectory(t);
  for (const bytes of [Buffer.from('no tar'), Buffer.alloc(0), ROOTFS.subarray(0, 600)]) {
    const opening = openSource('-', { stdin: Readable.from([bytes]), spoolDirectory });
    await t.throwsAsync(opening, { instanceOf: SnapdiscError, message: /standard input|cut off/ });
    t.deepEqual(await readdir(spoolDirectory), []);
  }
});

test('input that breaks off, and a spool that cannot be made, are source.spool', async (t) => {
  const spoolDirectory = await temporaryDirectory(t);
  const stdin = new Readable({
    read() {
      this.destroy(new Error('connection lost'));
    },
  });
  await t.throwsAsync(openSource('-', { stdin, spoolDirectory }), {
    code: 'source.spool',
    message: /connection lost/,
  });
  t.deepEqual(await readdir(spoolDirectory), []);
  const missing = join(spoolDirectory, 'missing');
  await t.throwsAsync(openSource('-', { stdin: Readable.from([]), spoolDirectory: missing }), {
    code: 'source.spool',
  });
});

test('a named pipe, as <(command) gives, is spooled too', async (t) => {
  const folder = await temporaryDirectory(t);
  const pipe = join(folder, 'pipe');
  await run(tool('mkfifo', 'coreutils'), [pipe]);
  const [source] = await Promise.all([
    openSource(pipe, { spoolDirectory: folder }),
    writeFile(pipe, ROOTFS),
  ]);
  t.is(lookup(source.root, 'etc/passwd')?.kind, 'file');
  await source.close();
  t.deepEqual(await readdir(folder), ['pipe']);
});

test('where a container image seems to be meant, there is advice', async (t) => {
  const advice = async (path: string) => {
    const error = await t.throwsAsync<SnapdiscError>(openSource(path), { code: 'source.missing' });
    return /If that is a container image, export it: (.*), .* live -o rootfs/.exec(
      error?.hint ?? '',
    )?.[1];
  };
  t.is(await advice('docker:alpine'), 'docker create --name live alpine');
  t.is(await advice('docker://alpine:3.20'), 'docker create --name live alpine:3.20');
  t.is(await advice('podman:alpine'), 'podman create --name live alpine');
  t.is(await advice('alpine:3.20'), 'docker create --name live alpine:3.20');
  const registry = 'localhost:5000/team/live:12';
  t.is(await advice(registry), `docker create --name live ${registry}`);
  for (const path of ['nowhere.tar', '/srv/a:b', './a:b', 'a:$(b)', 'docker:', 'docker:-a', ':a']) {
    t.is(await advice(path), undefined, path);
  }
});

test('what is missing, empty or something else says so', async (t) => {
  const folder = await temporaryDirectory(t);
  await fails(t, join(folder, 'nothing'), 'source.missing', /does not exist/);
  await fails(t, join(folder, 'nothing', 'below'), 'source.missing');
  await fails(t, folder, 'source.empty', /is empty/);
  await fails(t, '/dev/null', 'source.unsupported', /device/);
  await writeFile(join(folder, 'empty'), '');
  await fails(t, join(folder, 'empty'), 'source.empty');
  const socket = join(folder, 'socket');
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  await access(socket);
  await fails(t, socket, 'source.unsupported', /socket/);
});

test('a tree that is no root filesystem is refused, with advice where it is', async (t) => {
  const photos = archive(entry({ name: 'photos/1.jpg' }), entry({ name: 'photos/2.jpg' }));
  await fails(t, await temporaryFile(t, photos), 'source.not-rootfs', /"photos"/);
  const nested = archive(entry({ name: 'rootfs/bin/sh' }), entry({ name: 'rootfs/etc/passwd' }));
  const error = await t.throwsAsync(openSource(await temporaryFile(t, nested)));
  t.regex((error as SnapdiscError).hint ?? '', /-C rootfs/);
});

test('a root filesystem may be small, and merged into /usr', async (t) => {
  const merged = archive(
    entry({ name: 'usr/bin/sh' }, '#!'),
    entry({ name: 'bin', typeflag: '2', linkName: 'usr/bin' }),
  );
  const source = await openSource(await temporaryFile(t, merged));
  t.is(lookup(source.root, 'bin/sh')?.kind, 'file');
  await source.close();
});
