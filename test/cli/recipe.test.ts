import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

const program = fileURLToPath(new URL('fixtures/fake-snapdisc.ts', import.meta.url));

async function folderWith(t: ExecutionContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-recipe-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** The program with a double for the builder, in a process of its own that starts in `folder`. */
async function snapdiscIn(folder: string, argv: readonly string[]) {
  const args = [`--import=${import.meta.resolve('tsx')}`, program, ...argv];
  const options = { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder } };
  return promisify(execFile)(process.execPath, args, options).then(
    ({ stdout, stderr }) => ({ exitCode: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ exitCode: Number(code), stdout, stderr }),
  );
}

interface RunOptions {
  readonly input?: string;
  readonly env?: Record<string, string>;
}

async function snapdisc(argv: readonly string[], options: RunOptions = {}) {
  const terminal = fakeTerminal(options);
  const services = fakeServices();
  const exitCode = await main(argv, { terminal, services });
  const { stdout, stderr } = terminal;
  const { recipes, outputs } = services;
  return { exitCode, stdout: stdout.text, stderr: stderr.text, recipes, outputs };
}

test('without a source, ./snapdisc.yaml is built; with one it is not read', async (t) => {
  const folder = await folderWith(t, { 'snapdisc.yaml': 'source: a.tar\noutput: recipe.iso\n' });
  const done = await snapdiscIn(folder, ['build', '--label=X']);
  t.is(done.exitCode, 0, done.stderr);
  t.regex(done.stderr, /^recipe\.iso: /m);
  const other = await snapdiscIn(folder, ['build', 'b.tar']);
  t.is(other.exitCode, 2);
  t.regex(other.stderr, /--output is missing/);
  t.deepEqual(await readdir(folder), ['recipe.iso', 'snapdisc.yaml']);
});

test('a recipe elsewhere means what lies around it; flags and the source count more', async (t) => {
  const folder = await folderWith(t, {
    'r.yaml': 'source: a.tar\noutput: out.iso\nserial: true\nchecksums: false\nexclude: [a]\n',
  });
  const recipe = join(folder, 'r.yaml');
  const { recipes } = await snapdisc([
    ...['build', 'b.tar', '--recipe', recipe, '--no-serial', '--checksums', '--exclude=b', '-n'],
  ]);
  t.like(recipes[0], {
    source: 'b.tar',
    output: join(folder, 'out.iso'),
    serial: false,
    checksums: true,
    exclude: ['b'],
  });
});

test('the opposites of switches are understood, and not listed', async (t) => {
  const { stdout } = await snapdisc(['build', '--help']);
  t.regex(stdout, /--serial /);
  t.notRegex(stdout, /--no-serial|^ +--checksums/m);
});

test('the password of a recipe: a dash asks once for all discs', async (t) => {
  const folder = await folderWith(t, {
    'r.yaml': `source: a.tar
output: '{arch}.iso'
password: '-'
matrix: {arch: {i386: , amd64: , arm: {password: own}}}
`,
  });
  const argv = ['build', '--recipe', join(folder, 'r.yaml'), '-n'];
  const { recipes, exitCode } = await snapdisc(argv, { input: 'typed\n' });
  t.is(exitCode, 0);
  t.deepEqual(
    recipes.map(({ password }) => password),
    ['typed', 'typed', 'own'],
  );
  const wrong = await snapdisc(argv, { input: `${'x'.repeat(600)}\n` });
  t.regex(wrong.stderr, /The password on standard input is longer than 256 bytes/);
  t.is(wrong.exitCode, 2);
});

const MATRIX = `source: debian-{arch}.tar
output: '{arch}-{flavour}.iso'
matrix:
  arch: {i386: , amd64: }
  flavour: {text: , serial: {serial: true}}
`;

test('one command builds all discs of a matrix, or those chosen', async (t) => {
  const folder = await folderWith(t, { 'r.yaml': MATRIX });
  const recipe = join(folder, 'r.yaml');
  const all = await snapdisc(['build', '--recipe', recipe]);
  t.is(all.exitCode, 0, all.stderr);
  t.is(all.stdout, '');
  for (const [index, name] of [
    'i386-text',
    'i386-serial',
    'amd64-text',
    'amd64-serial',
  ].entries()) {
    t.true(all.stderr.includes(`Disc ${index + 1} of 4: ${name}\n`));
    t.true(all.stderr.includes(`${join(folder, name)}.iso: 10.0 MiB`));
  }
  t.deepEqual((await readdir(folder)).filter((name) => name.endsWith('.iso')).length, 4);
  const dry = await snapdisc(['build', '--recipe', recipe, '-nf', '--only=arch=i386']);
  t.deepEqual(dry.stdout.match(/^Disc .*$/gm), [
    'Disc 1 of 2: i386-text',
    'Disc 2 of 2: i386-serial',
  ]);
  const argv = [
    'build',
    '--recipe',
    recipe,
    '--json',
    '-qf',
    '--only=arch=i386',
    '--only=flavour=serial',
  ];
  const asJson = await snapdisc(argv);
  t.deepEqual(JSON.parse(asJson.stdout), [
    {
      disc: { arch: 'i386', flavour: 'serial' },
      output: join(folder, 'i386-serial.iso'),
      size: 10 * 1024 ** 2,
      seconds: 2,
    },
  ]);
  t.is(asJson.recipes[0]?.serial, true);
});

test('nothing is built when one of the outputs is there already', async (t) => {
  const folder = await folderWith(t, { 'r.yaml': MATRIX, 'amd64-serial.iso': 'old' });
  const { exitCode, stderr } = await snapdisc(['build', '--recipe', join(folder, 'r.yaml')]);
  t.is(exitCode, 6);
  t.regex(stderr, /amd64-serial\.iso exists already/);
  t.deepEqual(await readdir(folder), ['amd64-serial.iso', 'r.yaml']);
});

test('nothing is built when parts of a later disc have no place, or lie in its source', async (t) => {
  const folder = await folderWith(t, { 'r.yaml': `parts: '{arch}-{flavour}'\n${MATRIX}` });
  const argv = ['build', '--recipe', join(folder, 'r.yaml')];
  await mkdir(join(folder, 'amd64-serial/mine'), { recursive: true });
  const occupied = await snapdisc(argv);
  t.is(occupied.exitCode, 6);
  t.regex(occupied.stderr, /amd64-serial exists and is not an empty directory/);
  await rm(join(folder, 'amd64-serial'), { recursive: true });
  await mkdir(join(folder, 'debian-amd64.tar'));
  await writeFile(join(folder, 'r.yaml'), `parts: 'debian-amd64.tar/{arch}-{flavour}'\n${MATRIX}`);
  const inside = await snapdisc(argv);
  t.regex(inside.stderr, /amd64-text lies inside .*debian-amd64\.tar/);
  t.deepEqual([...occupied.recipes, ...inside.recipes], []);
});

test('a disc of the running system is told the outputs of all discs', async (t) => {
  const folder = await folderWith(t, {
    'r.yaml': "output: '{a}.iso'\nmatrix: {a: {x: , y: {parts: py}}}\n",
  });
  const { outputs, exitCode, stderr } = await snapdisc([
    ...['build', 'a.tar', '--recipe', join(folder, 'r.yaml')],
  ]);
  t.is(exitCode, 0, stderr);
  const all = ['x.iso', 'y.iso', 'py'].map((name) => join(folder, name));
  t.deepEqual(outputs, [all, all]);
});

test('standard input is read once for all discs, and its copy is removed', async (t) => {
  const folder = await folderWith(t, {
    'r.yaml': "source: '-'\noutput: '{kind}.iso'\nmatrix: {kind: {a: , b: }}\n",
  });
  const spools = join(folder, 'tmp');
  await mkdir(spools);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = spools;
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const argv = ['build', '--recipe', join(folder, 'r.yaml')];
  const { exitCode, recipes, stderr } = await snapdisc(argv, { input: 'an archive' });
  t.is(exitCode, 0, stderr);
  const [one, other] = recipes.map(({ source }) => source);
  t.is(one, other);
  t.true(one?.startsWith(join(spools, 'snapdisc-spool-')));
  t.regex(stderr, /Spooling standard input/);
  t.deepEqual(await readdir(spools), []);
});

test('variables are settings; a misspelt one is told', async (t) => {
  const env = { SNAPDISC_OUTPUT: 'env.iso', SNAPDISC_LABEL: 'ENV', SNAPDISC_LABLE: 'x' };
  const { recipes, stderr } = await snapdisc(['build', 'a.tar', '-n', '--label=FLAG'], { env });
  t.like(recipes[0], { output: 'env.iso', label: 'FLAG' });
  t.regex(stderr, /Warning: There is no variable SNAPDISC_LABLE\. Did you mean SNAPDISC_LABEL\?/);
});
