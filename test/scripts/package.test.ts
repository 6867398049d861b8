import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { converse, run, type Tool } from '../../src/process.js';

/** What npm would publish: that it is whole, and works where nothing else of the project is. */

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const tool = (program: string, debianPackage = program): Tool => ({
  program,
  purpose: 'packs or runs the npm package',
  debianPackage,
});

/** Packs the project, unpacks that elsewhere, and gives it the packages that it depends on. */
async function installed(t: ExecutionContext): Promise<{ folder: string; files: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-package-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const pack = ['pack', PROJECT, '--json', '--ignore-scripts', '--pack-destination', folder];
  const packed = (await run(tool('npm'), pack)).toString();
  const [told] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
  if (told === undefined) throw new Error(`npm pack said: ${packed}`);
  await run(tool('tar'), ['-xzf', join(folder, told.filename), '-C', folder]);
  const manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  await mkdir(join(folder, 'package/node_modules'));
  for (const name of Object.keys(manifest.dependencies)) {
    const from = join(PROJECT, 'node_modules', name);
    await symlink(from, join(folder, 'package/node_modules', name));
  }
  return { folder: join(folder, 'package'), files: told.files.map(({ path }) => path) };
}

test('the package has what a user needs, and nothing else', async (t) => {
  const { folder, files } = await installed(t);
  const folders = new Set(files.map((path) => (path.includes('/') ? path.split('/')[0] : path)));
  t.deepEqual([...folders].sort(), [
    ...['BENCHMARKS.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'grub'],
    ...['init-templates', 'isolinux', 'package.json', 'profiles'],
  ]);
  t.deepEqual(
    files.filter((path) => /\.test\.|\.map$|(^|\/)\./.test(path)),
    [],
  );

  const node = { ...tool('node', 'nodejs') };
  const snapdisc = async (...args: readonly string[]) =>
    (await run(node, [join(folder, 'bin/snapdisc.js'), ...args])).toString();
  t.regex(await snapdisc('--version'), /^\d+\.\d+\.\d+\n$/);
  const found = JSON.parse(await snapdisc('doctor', '--json')) as { tools: unknown[] };
  t.true(found.tools.length > 5);
});

test('where there is only Node, the package tells what is missing and how to install it', async (t) => {
  const { folder } = await installed(t);
  const bin = join(folder, 'only-node');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  const command = ['-i', `PATH=${bin}`, 'node', join(folder, 'bin/snapdisc.js'), 'doctor'];
  const doctor = converse(tool('env', 'coreutils'), command);
  let said = '';
  doctor.stdout?.on('data', (piece: Uint8Array) => {
    said += Buffer.from(piece).toString();
  });
  t.is((await doctor).exitCode, 5);
  t.regex(said, /^MISSING +xz /m);
  t.regex(said, /^On Debian: apt install xz-utils /m);
});

test('publint finds nothing', async (t) => {
  const { messages, pkg } = await publint({ pkgDir: PROJECT, strict: true, pack: false });
  t.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});
