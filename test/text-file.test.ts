import { mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { writeTextFile } from '../src/text-file.js';
import { temporaryDirectory } from './ext2/helpers.js';

test('what is in the way of a text file is named, and stays', async (t) => {
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'text');
  await writeTextFile(path, 'one');
  await mkdir(`${path}.partial`);
  await t.throwsAsync(writeTextFile(path, 'two'), {
    code: 'output.busy',
    message: /text\.partial exists/,
  });
  t.is(await readFile(path, 'utf8'), 'one');
  await mkdir(join(folder, 'taken'));
  await t.throwsAsync(writeTextFile(join(folder, 'taken'), 'two'), {
    code: 'output.failed',
    message: /taken\.partial could not be written: .*directory/,
  });
  t.deepEqual((await readdir(folder)).sort(), ['taken', 'text', 'text.partial']);
});

test('a symlink stays one, and the file it leads to is written', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'below'));
  const [link, path] = [join(folder, 'link'), join(folder, 'below', 'text')];
  await symlink('below/text', link);
  for (const text of ['one', 'two']) {
    await writeTextFile(link, text);
    t.is(await readFile(path, 'utf8'), text);
  }
  t.is(await readlink(link), 'below/text');
  t.deepEqual(await readdir(join(folder, 'below')), ['text']);
});
