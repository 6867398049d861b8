import test from 'ava';
import fc from 'fast-check';
import { environmentSettings } from '../../src/recipe/environment.js';
import { keyOf, variableOf } from '../../src/recipe/names.js';
import { recipeFields } from '../../src/recipe/recipe.js';

test('every field has a variable and a key, all different', (t) => {
  t.is(new Set(recipeFields.map(variableOf)).size, recipeFields.length);
  t.is(new Set(recipeFields.map(keyOf)).size, recipeFields.length);
  t.is(variableOf('discInclude'), 'SNAPDISC_DISC_INCLUDE');
  t.is(keyOf('checksums'), 'checksums');
  t.is(keyOf('headroomBytes'), 'headroom');
  for (const field of recipeFields) t.regex(keyOf(field), /^[a-z]+(?:-[a-z]+)*$/);
});

test('texts, switches and lists; an empty variable is none', (t) => {
  const { layer, problems, warnings } = environmentSettings({
    SNAPDISC_SOURCE: 'a.tar',
    SNAPDISC_LABEL: '',
    SNAPDISC_SERIAL: 'Yes',
    SNAPDISC_PAD: '0',
    SNAPDISC_EXCLUDE: '*.pyc\n/doc\n',
    SNAPDISC_DISC_INCLUDE: 'docs:/docs',
    SNAPDISC_CACHE: '/cache',
    SNAPDISC_VERSION_OF_SOMEBODY: '1',
    PATH: '/bin',
  });
  t.deepEqual(layer.values, {
    source: 'a.tar',
    serial: true,
    pad: false,
    exclude: ['*.pyc', '/doc'],
    discInclude: ['docs:/docs'],
  });
  t.deepEqual(problems, []);
  t.deepEqual(warnings, []);
});

test('wrong values are named by their variables; misspelt names are told', (t) => {
  const { problems, warnings } = environmentSettings({
    SNAPDISC_HEADROOM: 'much',
    SNAPDISC_FORCE: 'maybe',
    SNAPDISC_LABLE: 'x',
  });
  t.regex(problems.join('\n'), /^SNAPDISC_HEADROOM has a wrong value: "much"/m);
  t.regex(problems.join('\n'), /^SNAPDISC_FORCE must be true or false/m);
  t.is(problems.length, 2);
  t.deepEqual(warnings, ['There is no variable SNAPDISC_LABLE. Did you mean SNAPDISC_LABEL?']);
});

test('any environment gives settings or problems', (t) => {
  const names = fc.constantFrom(...recipeFields.map(variableOf), 'SNAPDISC_', 'OTHER');
  fc.assert(
    fc.property(fc.dictionary(names, fc.string()), (environment) => {
      for (const line of environmentSettings(environment).problems) t.regex(line, /^SNAPDISC_\w+ /);
    }),
  );
});
