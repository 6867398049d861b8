import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
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

interface Manifest {
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as Manifest;

interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
}

const folders: string[] = [];
test.after.always(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-package-'));
  folders.push(folder);
  return folder;
}

/** Packs a copy of the project as a fresh clone is: dist/, which is not in git, npm has to make. */
async function pack(): Promise<Packed> {
  const folder = await temporaryFolder();
  const clone = join(folder, 'clone');
  const sources = ['package.json', 'README.md', 'LICENSE', 'src', 'tsconfig.json'];
  const packed = manifest.files.filter((name) => name !== 'dist');
  for (const name of [...sources, 'tsconfig.build.json', ...packed]) {
    await cp(join(PROJECT, name), join(clone, name), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(clone, 'node_modules'));
  const said = await run(tool('npm'), ['pack', clone, '--json', '--pack-destination', folder]);
  // What prepack prints comes first.
  const json = /^\[$.*/ms.exec(said.toString())?.[0] ?? '[]';
  const [told] = JSON.parse(json) as { filename: string; files: { path: string }[] }[];
  if (told === undefined) throw new Error(`npm pack said: ${said}`);
  return { tarball: join(folder, told.filename), files: told.files.map(({ path }) => path) };
}

let packing: Promise<Packed> | undefined;

/** Installs the package elsewhere, with the packages that it depends on and its program. */
async function installed(): Promise<{ home: string; folder: string; files: readonly string[] }> {
  packing ??= pack();
  const { tarball, files } = await packing;
  const home = await temporaryFolder();
  const folder = join(home, 'node_modules/snapdisc');
  await mkdir(folder, { recursive: true });
  await run(tool('tar'), ['-xzf', tarball, '-C', folder, '--strip-components=1']);
  for (const name of Object.keys(manifest.dependencies)) {
    await symlink(join(PROJECT, 'node_modules', name), join(home, 'node_modules', name));
  }
  await writeFile(join(home, 'package.json'), '{}');
  // As npm install does at its end, which would fetch what is here already.
  await run(tool('npm'), [
    'rebuild',
    '--prefix',
    home,
    '--offline',
    '--ignore-scripts',
    'snapdisc',
  ]);
  return { home, folder, files };
}

test('the package has what a user needs, and nothing else', async (t) => {
  const { home, folder, files } = await installed();
  const folders = new Set(files.map((path) => (path.includes('/') ? path.split('/')[0] : path)));
  t.deepEqual([...folders].sort(), [
    ...['BENCHMARKS.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'grub'],
    ...['init-templates', 'isolinux', 'package.json', 'profiles'],
  ]);
  t.deepEqual(
    files.filter((path) => /\.test\.|\.map$|(^|\/)\./.test(path)),
    [],
  );

  const npx = ['-C', home, 'npx', '--no-install', 'snapdisc'];
  const snapdisc = async (...args: readonly string[]) =>
    (await run(tool('env', 'coreutils'), [...npx, ...args])).toString();
  t.is(await realpath(join(home, 'node_modules/.bin/snapdisc')), join(folder, 'bin/snapdisc.js'));
  t.regex(await snapdisc('--version'), /^\d+\.\d+\.\d+\n$/);
  const found = JSON.parse(await snapdisc('doctor', '--json')) as { tools: unknown[] };
  t.true(found.tools.length > 5);
});

test('where there is only Node, the package tells what is missing and how to install it', async (t) => {
  const { folder } = await installed();
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
