import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { type Given, gather, recipesOf } from '../../src/recipe/gather.js';

/** A folder with a recipe, and a home with settings. */
async function place(t: ExecutionContext, recipe: string, settings?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-recipe-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'recipe.yaml');
  await writeFile(path, recipe);
  if (settings !== undefined) {
    await mkdir(join(folder, 'home/.config/snapdisc'), { recursive: true });
    await writeFile(join(folder, 'home/.config/snapdisc/config.yaml'), settings);
  }
  const environment = { HOME: join(folder, 'home') };
  const read = (given: Partial<Given> = {}, more: Record<string, string> = {}) =>
    gather({ values: {}, recipe: path, ...given }, { ...environment, ...more });
  return { folder, path, read };
}

test('flag, environment, recipe, user configuration, default: the first that has a value', async (t) => {
  const { path, folder, read } = await place(
    t,
    'source: a.tar\noutput: a.iso\nlabel: R\nserial: true\nappend: r\ncow: ram\n',
    'label: U\nserial: false\nappend: u\ncow: zram\npublisher: u\n',
  );
  const gathered = await read(
    { values: { label: 'F' } },
    { SNAPDISC_LABEL: 'E', SNAPDISC_APPEND: 'e' },
  );
  const settings = gathered.discs[0]?.settings ?? [];
  const origin = Object.fromEntries(settings.map(({ field, value, ...from }) => [field, from]));
  const config = join(folder, 'home/.config/snapdisc/config.yaml');
  t.deepEqual(origin.label, { origin: 'flag', where: '--label' });
  t.deepEqual(origin.append, { origin: 'environment', where: 'SNAPDISC_APPEND' });
  t.deepEqual(origin.serial, { origin: 'recipe', where: `${path}:4:1` });
  t.deepEqual(origin.publisher, { origin: 'user configuration', where: `${config}:5:1` });
  t.deepEqual(origin.pad, { origin: 'default', where: undefined });
  t.is(gathered.userPath, config);
  const [recipe] = recipesOf(gathered);
  t.like(recipe, {
    source: join(folder, 'a.tar'),
    output: join(folder, 'a.iso'),
    label: 'F',
    append: 'e',
    serial: true,
    cow: 'ram',
    publisher: 'u',
    pad: true,
  });
});

test('XDG_CONFIG_HOME is where the settings are, if it is absolute', async (t) => {
  const { folder, read } = await place(t, 'source: a\noutput: b\n', 'label: HOME\n');
  await mkdir(join(folder, 'xdg/snapdisc'), { recursive: true });
  await writeFile(join(folder, 'xdg/snapdisc/config.yaml'), 'label: XDG\n');
  const label = async (more: Record<string, string>) => recipesOf(await read({}, more))[0]?.label;
  t.is(await label({}), 'HOME');
  t.is(await label({ XDG_CONFIG_HOME: join(folder, 'xdg') }), 'XDG');
  t.is(await label({ XDG_CONFIG_HOME: 'xdg' }), 'HOME');
  t.is(await label({ XDG_CONFIG_HOME: join(folder, 'none') }), 'SNAPDISC');
  t.is(await label({ HOME: '' }), 'SNAPDISC');
});

test('what is wrong anywhere is told together', async (t) => {
  const { path, folder, read } = await place(t, 'label: /\nlable: x\n', 'user: Root!\n');
  const gathered = await read({ values: { cow: 'disk' } }, { SNAPDISC_HEADROOM: '8GB' });
  const error = t.throws(() => recipesOf(gathered), { instanceOf: SnapdiscError });
  t.is(error?.code, 'usage.recipe');
  t.regex(error?.hint ?? '', /docs\/recipe\.md/);
  const lines = error?.message.split('\n  - ') ?? [];
  t.is(lines[0], '7 things are wrong:');
  for (const start of [
    'source is missing',
    '--output is missing',
    '--cow must be one of: zram, ram',
    'SNAPDISC_HEADROOM has a wrong value',
    `${path}:1:8: label may hold`,
    `${path}:2:1: there is no lable; did you mean label?`,
    `${join(folder, 'home/.config/snapdisc/config.yaml')}:1:7: user must be`,
  ]) {
    t.is(lines.filter((line) => line.startsWith(start)).length, 1, start);
  }
});

test('files that cannot be read', async (t) => {
  const { folder, read } = await place(t, '', '');
  const code = async (recipe: string, more: Record<string, string> = {}) =>
    (await t.throwsAsync(read({ recipe }, more), { instanceOf: SnapdiscError }))?.code;
  t.is(await code(join(folder, 'nowhere.yaml')), 'usage.recipe-missing');
  t.is(await code(folder), 'usage.recipe-unreadable');
  t.is(await code('/dev/zero'), 'usage.recipe');
  await rm(join(folder, 'home/.config/snapdisc/config.yaml'));
  await mkdir(join(folder, 'home/.config/snapdisc/config.yaml'));
  t.is(await code(join(folder, 'recipe.yaml')), 'usage.recipe-unreadable');
});

const MATRIX = 'output: out.iso\nmatrix: {arch: {i386: {source: a}, amd64: }}\n';

test('discs of a matrix: what only some lack, and what would be written twice', async (t) => {
  const { read } = await place(t, MATRIX);
  const gathered = await read();
  const lacking = t.throws(() => recipesOf(gathered), { instanceOf: SnapdiscError });
  t.is(lacking?.message, 'source of amd64 is missing');
  const twice = await read({ values: { source: 'b' } });
  const error = t.throws(() => recipesOf(twice), { instanceOf: SnapdiscError });
  t.regex(error?.message ?? '', /i386 and amd64 are to be written to the same place, .*out\.iso$/);
  t.is(error?.hint, 'Write {arch} into the output, or choose one disc with --only.');
});
