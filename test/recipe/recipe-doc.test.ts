import { readFile } from 'node:fs/promises';
import test from 'ava';
import { userFileSchema } from '../../src/recipe/file-schema.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { parseRecipeFile } from '../../src/recipe/settings-file.js';

const document = await readFile(new URL('../../docs/recipe.md', import.meta.url), 'utf8');
const examples = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
const read = (text = '') => parseRecipeFile(Buffer.from(text), 'snapdisc.yaml');

test('the recipes of docs/recipe.md can be built', (t) => {
  t.is(examples.length, 3);
  for (const text of examples) {
    const { problems, discs } = read(text);
    t.deepEqual(problems, []);
    for (const { layer } of discs) t.notThrows(() => parseRecipe(layer.values));
  }
  const discs = read(examples[2]).discs.map(({ layer }) => parseRecipe(layer.values));
  t.is(discs.length, 4);
  t.like(discs[3], {
    source: 'debian-amd64.tar.xz',
    output: 'debian-amd64-rescue.iso',
    label: 'DEBIAN amd64',
    headroomBytes: 16 * 1024 ** 3,
    serial: true,
  });
});

test('the message of docs/recipe.md is the real one', (t) => {
  const [line = ''] = read('\n\nlable: x\n').problems;
  t.true(document.replaceAll(/\s+/g, ' ').includes(`\`${line}\``), line);
});

test('docs/recipe.md names every key that the settings of the user have not', (t) => {
  const all = ['source', 'output', 'parts', 'matrix'];
  t.true(document.replaceAll(/\s+/g, ' ').includes('`source`, `output`, `parts` and `matrix`'));
  for (const key of all) t.false(userFileSchema.safeParse({ [key]: 'x' }).success, key);
});
