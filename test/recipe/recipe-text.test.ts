import { resolve } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { parseRecipe, type Recipe } from '../../src/recipe/recipe.js';
import { recipeText } from '../../src/recipe/recipe-text.js';
import { parseRecipeFile } from '../../src/recipe/settings-file.js';
import { recipeArbitrary } from './fixtures/recipe-arbitrary.js';

function read(text: string, path: string): Recipe {
  const { discs, problems } = parseRecipeFile(Buffer.from(text), path);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return parseRecipe(discs[0]?.layer.values);
}

test('a saved recipe is read back to the same, but for the password and force', (t) => {
  fc.assert(
    fc.property(recipeArbitrary, (recipe) => {
      const password = recipe.password === undefined ? {} : { password: '-' };
      const expected = { ...recipe, ...password, force: false };
      t.deepEqual(read(recipeText(recipe, 'snapdisc.yaml'), 'snapdisc.yaml'), expected);
    }),
  );
});

test('blanks and line breaks in names stay', (t) => {
  const recipe = parseRecipe({ source: ' \n', output: '\n \n', exclude: [' a \n\n', '\t'] });
  t.deepEqual(read(recipeText(recipe, 'snapdisc.yaml'), 'snapdisc.yaml'), recipe);
});

test('white space stays, whatever is beside it', (t) => {
  const white = fc.stringMatching(/^[ \n\t:#'"-]{1,60}$/);
  fc.assert(
    fc.property(white, fc.array(white), (kernel, exclude) => {
      const recipe = parseRecipe({ source: 'a', output: 'b', kernel, exclude });
      t.deepEqual(read(recipeText(recipe, 'r.yaml'), 'r.yaml'), recipe);
    }),
    { numRuns: 500 },
  );
});

test('what is so anyway is left out; what differs from it is not, defaults too', (t) => {
  const recipe = parseRecipe({ source: 'a.tar', output: 'b.iso', label: 'X', password: 'secret' });
  const lines = (anyway?: object) =>
    recipeText(recipe, 'r.yaml', anyway)
      .split('\n')
      .filter((line) => !line.startsWith('#'));
  t.deepEqual(lines(), ['source: a.tar', 'output: b.iso', 'label: X', 'password: "-"', '']);
  const anyway = { ...recipe, label: 'X', serial: true };
  t.true(lines(anyway).includes('serial: false'));
  t.notRegex(recipeText(recipe, 'r.yaml'), /secret|force/);
});

test('a recipe that goes elsewhere still means the same files', (t) => {
  const recipe = parseRecipe({
    source: 'a.tar',
    output: '/b.iso',
    discInclude: ['docs:/docs'],
    initrdHooks: ['x/hook'],
    exclude: ['relative'],
  });
  const saved = read(recipeText(recipe, 'sub/r.yaml'), 'sub/r.yaml');
  t.like(saved, {
    source: resolve('a.tar'),
    output: '/b.iso',
    initrdHooks: [resolve('x/hook')],
    exclude: ['relative'],
  });
  t.deepEqual(saved.discInclude, [{ from: resolve('docs'), to: '/docs' }]);
});
