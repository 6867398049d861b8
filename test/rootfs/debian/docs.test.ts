import { readFile } from 'node:fs/promises';
import test from 'ava';
import { parseRecipe } from '../../../src/recipe/recipe.js';
import { parseRecipeFile } from '../../../src/recipe/settings-file.js';
import { debianName, debianOf } from '../../../src/rootfs/debian/debian-source.js';

test('the recipe of docs/debian.md needs two archives for four discs', async (t) => {
  const page = await readFile(new URL('../../../docs/debian.md', import.meta.url), 'utf8');
  const [, recipe = '', variant = ''] = /```yaml\n(.*?)```.*```yaml\n(.*?)```/s.exec(page) ?? [];
  const read = (text: string) => {
    const { problems, discs } = parseRecipeFile(Buffer.from(text), 'snapdisc.yaml');
    t.deepEqual(problems, []);
    return discs.map(({ layer }) => debianOf(parseRecipe(layer.values)));
  };
  const discs = read(recipe);
  t.is(discs.length, 4);
  const archives = new Set(discs.map((debian) => JSON.stringify(debian)));
  t.is(archives.size, 2);
  t.deepEqual(
    discs.slice(1, 3).map((debian) => debian && debianName(debian)),
    ['Debian bookworm (i386)', 'Debian bookworm (amd64)'],
  );
  t.is(new Set(read(recipe + variant).map((debian) => JSON.stringify(debian))).size, 4);
});
