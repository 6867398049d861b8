import { mkdir, readdir, readFile } from 'node:fs/promises';
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
    code: 'output.write',
    message: /text\.partial cannot be written: .*directory/,
  });
  t.is(await readFile(path, 'utf8'), 'one');
  await mkdir(join(folder, 'taken'));
  await t.throwsAsync(writeTextFile(join(folder, 'taken'), 'two'), {
    code: 'output.write',
    message: /taken cannot be written: .*directory/,
  });
  t.deepEqual((await readdir(folder)).sort(), ['taken', 'text', 'text.partial']);
});
