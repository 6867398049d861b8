import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { makeTemporaryFolder } from '../src/temporary-folder.js';
import { temporaryDirectory } from './ext2/helpers.js';

test('a folder of our own, or an error that says where none can be made', async (t) => {
  const folder = await temporaryDirectory(t);
  const { TMPDIR } = process.env;
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  process.env.TMPDIR = folder;
  const made = await makeTemporaryFolder('test');
  t.is((await lstat(made)).mode & 0o7777, 0o700);
  t.true(made.startsWith(join(folder, 'snapdisc-test-')));
  await rm(made, { recursive: true });
  process.env.TMPDIR = join(folder, 'nowhere');
  await t.throwsAsync(makeTemporaryFolder('test'), {
    code: 'output.temporary',
    message: /made in .*\/nowhere: no such file or directory\.$/,
  });
});
