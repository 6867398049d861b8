import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { recipeSchemaText, SCHEMA_FILE } from '../../scripts/recipe-schema.js';
import { run } from '../../src/process.js';
import { keyOf } from '../../src/recipe/names.js';
import { recipeFields } from '../../src/recipe/recipe.js';
import { parseRecipeFile } from '../../src/recipe/settings-file.js';

const python = {
  program: 'python3',
  purpose: 'checks schemas',
  debianPackage: 'python3-jsonschema',
};
const VALIDATOR = `
import json, sys
from jsonschema import Draft202012Validator
schema, documents = json.load(sys.stdin)
Draft202012Validator.check_schema(schema)
print(json.dumps([Draft202012Validator(schema).is_valid(each) for each in documents]))
`;

/** Whether another's validator takes each document. */
async function validated(documents: readonly unknown[]): Promise<boolean[]> {
  const input = JSON.stringify([JSON.parse(recipeSchemaText()), documents]);
  return JSON.parse((await run(python, ['-c', VALIDATOR], input)).toString());
}

function isTaken(document: unknown): boolean {
  // All JSON is YAML.
  return parseRecipeFile(Buffer.from(JSON.stringify(document)), 'r.yaml').problems.length === 0;
}

test('docs/snapdisc.schema.json is what recipes are checked by', async (t) => {
  const text = await readFile(SCHEMA_FILE, 'utf8');
  t.is(text, recipeSchemaText(), 'run: npx tsx scripts/recipe-schema.ts');
});

test('the schema is in the package', (t) => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(text.toString());
  t.true(files.some(({ path }: { path: string }) => path === 'docs/snapdisc.schema.json'));
});

test("another's validator refuses what the program refuses, and takes what it takes", async (t) => {
  const cases: readonly (readonly [unknown, boolean])[] = [
    [{}, true],
    [{ label: 'x-{arch}', matrix: { arch: { i386: null, amd64: { serial: true } } } }, true],
    [{ headroom: 0, 'disc-include': ['a:/b', { from: 'x', to: '/y' }], checksums: false }, true],
    [{ label: 'a/b' }, false],
    [{ label: '' }, false],
    [{ publisher: '_x' }, false],
    [{ publisher: '{arch}' }, true],
    [{ password: 'x'.repeat(257) }, false],
    [{ lable: 'x' }, false],
    [{ serial: 'yes' }, false],
    [{ headroom: true }, false],
    [{ cow: 'disk' }, false],
    [{ exclude: '*.pyc' }, false],
    [{ 'disc-include': [{ to: '/' }] }, false],
    [{ 'disc-include': [{ from: 'a', mode: 7 }] }, false],
    [{ user: 'Root!' }, false],
    [{ matrix: { Arch: { a: null } } }, false],
    [{ matrix: { arch: { 'a/b': null } } }, false],
    [{ matrix: { arch: { a: { matrix: {} } } } }, false],
  ];
  const verdicts = await validated(cases.map(([document]) => document));
  for (const [index, [document, expected]] of cases.entries()) {
    t.is(verdicts[index], expected, JSON.stringify(document));
    t.is(isTaken(document), expected, JSON.stringify(document));
  }
});

test('whatever the program takes, the schema takes', async (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('8G', 'direct', 'ram', 'given', 'a:/b', '{a}'),
  );
  const value = fc.oneof(text, fc.boolean(), fc.nat(), fc.array(text, { maxLength: 2 }));
  const settings = fc.dictionary(fc.constantFrom(...recipeFields.map(keyOf)), value, {
    maxKeys: 3,
  });
  const matrix = fc.dictionary(
    fc.constantFrom('a', 'b', 'C'),
    fc.dictionary(fc.constantFrom('x', 'y', '/'), fc.option(settings), { minKeys: 1, maxKeys: 2 }),
    { maxKeys: 2 },
  );
  const document = fc.oneof(
    settings,
    fc.tuple(settings, matrix).map(([base, axes]) => ({ ...base, matrix: axes })),
  );
  const taken = fc.sample(document, 1000).filter(isTaken);
  t.true(taken.length > 100, String(taken.length));
  const verdicts = await validated(taken);
  for (const [index, each] of taken.entries()) t.true(verdicts[index], JSON.stringify(each));
});
