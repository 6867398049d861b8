import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { recipeSchemaText } from '../../scripts/recipe-schema.js';
import { main } from '../../src/cli/main.js';
import { keyOf } from '../../src/recipe/names.js';
import { recipeFields } from '../../src/recipe/recipe.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

async function config(argv: readonly string[], env: Record<string, string> = {}) {
  const terminal = fakeTerminal({ env });
  const exitCode = await main(['config', ...argv], { terminal, services: fakeServices() });
  return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

async function recipe(t: ExecutionContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-config-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'r.yaml'), text);
  return join(folder, 'r.yaml');
}

test('every key, its value, and where that comes from', async (t) => {
  const path = await recipe(t, 'source: /a.tar\nexclude: ["*.pyc", "a, b"]\nappend: ""\n');
  const argv = ['--recipe', path, '--headroom=512M', '--no-pad'];
  const { exitCode, stdout, stderr } = await config(argv, { SNAPDISC_LABEL: 'ENV' });
  t.is(exitCode, 0);
  t.is(stderr, '');
  for (const row of [
    ['source', '/a.tar', `${path}:1:1`],
    ['output', 'not set'],
    ['label', 'ENV', 'SNAPDISC_LABEL'],
    ['append', '""', `${path}:3:1`],
    ['headroom', '512M', '--headroom'],
    ['exclude', '*.pyc, "a, b"', `${path}:2:1`],
    ['initrd-hook', 'none', 'default'],
    ['pad', 'false', '--no-pad'],
    ['cow', 'zram', 'default'],
  ]) {
    t.true(
      stdout.split('\n').some((line) => line.split(/ {2,}/).join('|') === row.join('|')),
      row[0],
    );
  }
  const report = JSON.parse((await config([...argv, '--json'])).stdout);
  t.is(report.recipe, path);
  t.is(report.userConfiguration, null);
  const [{ disc, settings }] = report.discs;
  t.deepEqual(disc, {});
  t.deepEqual(
    settings.map(({ key }: { key: string }) => key),
    recipeFields.map(keyOf),
  );
  t.deepEqual(settings[1], { key: 'output', value: null, origin: 'default', where: null });
});

test('a password is never shown, wherever it comes from', async (t) => {
  const path = await recipe(t, 'password: in-the-recipe\n');
  for (const [argv, env] of [
    [['--recipe', path], {}],
    [['a.tar', '--password=on-the-line'], {}],
    [['a.tar'], { SNAPDISC_PASSWORD: 'in-the-environment' }],
  ] as const) {
    for (const more of [[], ['--json']]) {
      const { exitCode, stdout, stderr } = await config([...argv, ...more], env);
      t.is(exitCode, 0, stderr);
      t.notRegex(stdout, /in-the|on-the/);
      t.regex(stdout, /\(hidden\)/);
    }
  }
  t.regex((await config(['a', '--password=-'])).stdout, /^password +- +--password$/m);
});

test('the discs of a matrix, each with its settings', async (t) => {
  const path = await recipe(t, "label: '{a}'\nmatrix: {a: {x: , y: {serial: true}}}\n");
  const { stdout } = await config(['--recipe', path]);
  t.deepEqual(stdout.match(/^Disc .*$/gm), ['Disc 1 of 2: x', 'Disc 2 of 2: y']);
  t.regex(stdout, /Disc 2 of 2: y\n[\s\S]*^label +y /m);
  const only = JSON.parse((await config(['--recipe', path, '--only=a=y', '--json'])).stdout);
  t.deepEqual(
    only.discs.map(({ disc }: { disc: object }) => disc),
    [{ a: 'y' }],
  );
});

const HINT =
  'Hint: docs/recipe.md tells what a recipe looks like, snapdisc config --schema what it may hold.\n';

test('wrong values are an error here, too', async (t) => {
  const path = await recipe(t, 'lable: x\n');
  const { exitCode, stdout, stderr } = await config(['--recipe', path, '--cow=disk']);
  t.is(exitCode, 2);
  t.is(stdout, '');
  t.regex(stderr, /--cow must be one of/);
  t.regex(stderr, /r\.yaml:1:1: there is no lable; did you mean label\?/);
  const one = await config(['--recipe', path]);
  t.is(one.stderr, `Error: ${path}:1:1: there is no lable; did you mean label?\n${HINT}`);
  // Of no use for a flag.
  t.notRegex((await config(['--cow=disk'])).stderr, /Hint/);
});

test('--schema prints the schema', async (t) => {
  t.is((await config(['--schema'])).stdout, recipeSchemaText());
});
