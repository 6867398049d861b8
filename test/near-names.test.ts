import test from 'ava';
import { nearNames } from '../src/near-names.js';
import { keyOf } from '../src/recipe/names.js';
import { recipeFields } from '../src/recipe/recipe.js';

const KEYS = ['label', 'kernel', 'disc-include', 'initrd-include', 'initrd-module', 'output'];

test('a misspelt name finds the one that was meant, the likest first', (t) => {
  for (const [wanted, near] of [
    ['lable', 'label'],
    ['ouput', 'output'],
    ['disc_include', 'disc-include'],
    ['DiscInclude', 'disc-include'],
    ['initrd-modules', 'initrd-module'],
  ] as const) {
    t.is(nearNames(wanted, KEYS)[0], near, wanted);
  }
  t.deepEqual(nearNames('colour', KEYS), []);
  t.deepEqual(nearNames('', KEYS), []);
});

test('a key of recipes that lacks a letter is found among all of them', (t) => {
  const keys = recipeFields.map(keyOf);
  for (const key of keys) {
    for (let at = 0; at < key.length; at += 1) {
      const wanted = key.slice(0, at) + key.slice(at + 1);
      t.is(nearNames(wanted, keys)[0], key, wanted);
    }
  }
});
