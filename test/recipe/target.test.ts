import test from 'ava';
import fc from 'fast-check';
import { capacityOf, MEDIUM_NAMES } from '../../src/media/medium.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { parseTarget, TARGET_FIELDS, targetText, targetWords } from '../../src/recipe/target.js';
import { recipeArbitrary } from './fixtures/recipe-arbitrary.js';

test('what a disc carries is read back, and can be a recipe', (t) => {
  const target = { targetMedium: 'cd-700', targetMemoryMiB: 1536, targetArch: 'i386' } as const;
  t.is(targetText(target), 'target-medium=cd-700\ntarget-memory=1536M\ntarget-arch=i386\n');
  t.deepEqual(parseTarget(targetText(target)), target);
  t.is(targetText({}), '');
  t.deepEqual(targetWords({ targetMemoryMiB: 1024 }), { 'target-memory': '1G' });
  fc.assert(
    fc.property(recipeArbitrary, (recipe) => {
      const known = TARGET_FIELDS.filter((field) => recipe[field] !== undefined);
      const wanted = Object.fromEntries(known.map((field) => [field, recipe[field]]));
      t.deepEqual<object, object>(parseTarget(targetText(recipe)), wanted);
    }),
  );
});

test('a text that anybody may have written sets what makes sense and nothing else', (t) => {
  const odd = 'label=MINE\ntarget-memory=lots\ntarget-arch=sparc\n__proto__=x\ntarget-medium=dvd';
  t.deepEqual(parseTarget(odd), { targetMedium: 'dvd' });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('memory', 'arch'), (text, key) => {
      const target = parseTarget(`target-${key}=${text}`);
      t.notThrows(() => parseRecipe({ source: 'a', output: 'b', ...target }));
    }),
  );
});

test('memory is MiB without a unit, of any machine there is', (t) => {
  const memory = (value: unknown) =>
    parseRecipe({ source: 'a', output: 'b', targetMemoryMiB: value }).targetMemoryMiB;
  t.is(memory(64), 64);
  t.is(memory('64'), 64);
  t.is(memory('2G'), 2048);
  for (const wrong of [0, -1, 64.5, '100K', '2T', 'much', '', true]) {
    t.throws(() => memory(wrong), { code: 'usage.recipe' }, String(wrong));
  }
});

test('media take what is written on them, but for the ends of their tracks', (t) => {
  // 74 and 80 minutes of 75 sectors; a DVD holds 4.7 GB.
  const nominal = { 'cd-650': 74 * 60 * 75 * 2048, 'cd-700': 80 * 60 * 75 * 2048, dvd: 4.7e9 };
  for (const [name, bytes] of Object.entries(nominal)) {
    const capacity = capacityOf(name as keyof typeof nominal) ?? 0;
    t.true(capacity <= bytes * 1.0001 && capacity > bytes * 0.999, name);
  }
  t.is(capacityOf('usb'), undefined);
  t.is(MEDIUM_NAMES.length, 4);
});
