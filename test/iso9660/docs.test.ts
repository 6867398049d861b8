import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { temporaryDirectory } from './helpers/images.js';
import { xorriso } from './helpers/judges.js';

test('the example of docs/iso9660-writer.md runs and makes what it says', async (t) => {
  const scratch = await temporaryDirectory(t);
  const page = await readFile(new URL('../../docs/iso9660-writer.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const image = join(scratch, 'hello.iso');
  const index = new URL('../../src/iso9660/index.ts', import.meta.url).href;
  const runnable = example
    .replace("'snapdisc/iso9660-writer'", JSON.stringify(index))
    .replace("'hello.iso'", JSON.stringify(image))
    .replace('console.log(', 'export const logged = [')
    .replace(/\); \/\/ HELLO.*$/m, '];');
  const module = join(scratch, 'example.mts');
  await writeFile(module, runnable);
  const { logged } = (await import(pathToFileURL(module).href)) as { logged: unknown };
  t.deepEqual(logged, ['HELLO', ['data.bin', 'README']]);
  t.is(
    (await xorriso('-indev', image, '-find', '/', '-type', 'f')).trim(),
    "'/README'\n'/data.bin'",
  );
});
