import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { checkOutputs } from '../../src/build/check-outputs.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { temporaryDirectory } from '../ext2/helpers.js';

test('image and parts go neither into each other nor into what the disc is made of', async (t) => {
  const folder = await temporaryDirectory(t);
  const at = (name: string) => join(folder, name);
  for (const name of ['rootfs', 'rootfs/..out', 'extra', 'parts']) await mkdir(at(name));
  const check = (output: string, parts?: string) =>
    checkOutputs(
      parseRecipe({
        source: at('rootfs'),
        discInclude: [at('extra')],
        output: at(output),
        ...(parts === undefined ? {} : { parts: at(parts) }),
      }),
    );
  await t.notThrowsAsync(check('live.iso', 'parts'));
  await t.throwsAsync(check('rootfs/..out/live.iso'), { code: 'output.inside-source' });
  await t.throwsAsync(check('extra/live.iso'), { code: 'output.inside-source' });
  await t.throwsAsync(check('live.iso', 'rootfs/..out/parts'), { code: 'output.inside-source' });
  for (const output of ['parts/live.iso', 'parts/..live.iso']) {
    await t.throwsAsync(check(output, 'parts'), { code: 'usage.same-output' }, output);
  }
  await writeFile(at('parts/file'), '');
  await t.throwsAsync(check('live.iso', 'parts'), { code: 'output.exists' });
});
