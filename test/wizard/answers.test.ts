import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../src/process.js';
import { fieldOfKey, keyOf } from '../../src/recipe/names.js';
import { defaultValues, parseRecipe } from '../../src/recipe/recipe.js';
import { openSource } from '../../src/rootfs/open-source.js';
import type { Directory, Inode } from '../../src/rootfs/tree.js';
import {
  type Answers,
  ASKED,
  answersToRecipe,
  FIRST_ANSWERS,
  firstAnswers,
  recipeOfAnswers,
  suggestOutput,
} from '../../src/wizard/answers.js';
import { findCandidates, hasArchiveMagic, runningSystem } from '../../src/wizard/candidates.js';
import { kernelVersions } from '../../src/wizard/kernel-versions.js';
import { repeatLines, reviewLines, savedLines } from '../../src/wizard/review.js';
import { fakePlan } from '../cli/fixtures/fake-services.js';

test('answers become a recipe; empty answers are no fields', (t) => {
  const answers = { ...FIRST_ANSWERS, source: 'a', output: 'b' };
  t.deepEqual(parseRecipe(answersToRecipe(answers)), parseRecipe({ source: 'a', output: 'b' }));
  const recipe = parseRecipe(
    answersToRecipe({ ...answers, kernel: '6.1', user: 'ana', password: 'x', force: true }),
  );
  t.like(recipe, { kernel: '6.1', user: 'ana', password: 'x', force: true, autologin: false });
});

test('every answer is also a flag and a key of recipes', (t) => {
  const all: Answers = {
    ...FIRST_ANSWERS,
    ...{ source: 'a', output: 'b', kernel: 'k', user: 'u', password: 'p', discInclude: ['c:/d'] },
    ...{ targetMedium: 'dvd', targetMemoryMiB: '64', targetArch: 'i386' },
    ...{ bootstrapInclude: ['nano'], compress: 'squashfs' },
  };
  const recipe = parseRecipe(answersToRecipe(all));
  t.like(recipe, { targetMemoryMiB: 64, discInclude: [{ from: 'c', to: '/d' }] });
  const { facts: _, ...asked } = all;
  t.deepEqual(Object.keys(asked).sort(), [...ASKED].sort());
  for (const field of ASKED) {
    t.not(recipe[field], undefined, field);
    if (field !== 'source') t.is(fieldOfKey(keyOf(field)), field);
  }
  t.deepEqual(firstAnswers({ ...defaultValues(), ...recipe, force: false }), {
    ...all,
    ...{ source: '', output: '', password: '', targetMemoryMiB: '64M' },
  });
});

test('variables and the user settings are offered, and hold for what is not asked', (t) => {
  const anyway = { ...defaultValues(), label: 'MINE', user: 'ana', serial: true, password: 'x' };
  const offered = firstAnswers(anyway);
  t.like(offered, { label: 'MINE', user: 'ana', password: '', autologin: false });
  const recipe = parseRecipe(
    recipeOfAnswers({ ...offered, source: 'a', output: 'b', user: '' }, anyway),
  );
  t.like(recipe, { label: 'MINE', serial: true });
  t.is(recipe.user, undefined);
  t.is(recipe.password, undefined);
});

test('the command of a disc says what differs from what is so anyway', (t) => {
  const recipe = parseRecipe({ source: 'a', output: 'b', serial: false, label: 'MINE' });
  const anyway = { ...defaultValues(), serial: true, label: 'MINE' };
  t.is(repeatLines(recipe, anyway)[1], '  snapdisc build --output=b --force --no-serial a');
  t.is(savedLines('snapdisc.yaml')[1], '  snapdisc build --force');
  t.is(savedLines("it's.yaml")[1], "  snapdisc build '--recipe=it'\\''s.yaml' --force");
});

test('what variables and the user settings set and no flag takes back is told', (t) => {
  const recipe = parseRecipe({ source: 'a', output: 'b', kernel: '6.1' });
  const anyway = { ...defaultValues(), user: 'ana', kernel: '6.2', discInclude: [{ from: 'c' }] };
  t.deepEqual(repeatLines(recipe, anyway).slice(1), [
    '  snapdisc build --output=b --force --kernel=6.1 a',
    'First take --disc-include and --user out of your configuration, or unset its variable.',
  ]);
});

test('the output is called like the source', (t) => {
  for (const [source, output] of [
    ['debian.tar', 'debian.iso'],
    ['dir/debian.tar.xz', 'dir/debian.iso'],
    ['debian.tgz', 'debian.iso'],
    ['/srv/rootfs/', '/srv/rootfs.iso'],
    ['debian-12.1', 'debian-12.1.iso'],
    ['.', 'live.iso'],
    ['/', 'live.iso'],
  ] as const) {
    t.is(suggestOutput(source), output);
  }
});

test('what looks like a root filesystem is offered, nothing else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-candidates-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'rootfs/etc'), { recursive: true });
  await mkdir(join(folder, 'rootfs/bin'));
  await mkdir(join(folder, 'debian/etc'), { recursive: true });
  await mkdir(join(folder, 'debian/usr/lib'), { recursive: true });
  const name = 'PRETTY_NAME="Debian \x1b[2J GNU/Linux 12 (bookworm)"\nID=debian\n';
  await writeFile(join(folder, 'debian/usr/lib/os-release'), name);
  await symlink('/etc/os-release', join(folder, 'rootfs/etc/os-release'));
  await mkdir(join(folder, 'sources/etc'), { recursive: true });
  await mkdir(join(folder, 'folder.tar'));
  await writeFile(join(folder, 'a.tar.gz'), Buffer.from([0x1f, 0x8b, 8, 0]));
  await writeFile(join(folder, 'b.tar'), 'text');
  await writeFile(join(folder, 'c.tar.xz'), '');
  await writeFile(join(folder, 'up\x1b[2A.tar.gz'), Buffer.from([0x1f, 0x8b]));
  t.deepEqual(await findCandidates(folder), [
    { path: 'a.tar.gz', description: 'a.tar.gz, 4 B' },
    { path: 'debian', description: 'debian/, Debian \\x1b[2J GNU/Linux 12 (bookworm)' },
    { path: 'rootfs', description: 'rootfs/' },
  ]);
  t.deepEqual(await findCandidates(join(folder, 'nonexistent')), []);
});

test('archives of a root filesystem are told from others, while there is time', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-candidates-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const path of ['made/root/usr/bin', 'made/root/usr/lib', 'made/photos/summer']) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await writeFile(
    join(folder, 'made/root/usr/lib/os-release'),
    'PRETTY_NAME="Alpine Linux v3.20"\n',
  );
  await writeFile(join(folder, 'made/photos/summer/beach'), '');
  const tar = { program: 'tar', purpose: 'makes archives', debianPackage: 'tar' };
  for (const [archive, content] of [
    ['photos.tar', 'photos'],
    ['system.tar', 'root'],
    ['system.tar.gz', 'root'],
  ] as const) {
    const from = ['-C', join(folder, 'made', content), '.'];
    await run(tar, ['--auto-compress', '-cf', join(folder, archive), ...from]);
  }
  const named = async (end: AbortSignal) => {
    const found = await findCandidates(folder, end);
    return found.map(({ description }) => description.replace(/, \d+(\.\d+)? (?:KiB|B)/, ''));
  };
  t.deepEqual(await named(AbortSignal.timeout(60_000)), [
    'system.tar, Alpine Linux v3.20',
    'system.tar.gz, Alpine Linux v3.20',
  ]);
  t.deepEqual(await named(AbortSignal.abort()), ['photos.tar', 'system.tar', 'system.tar.gz']);
});

test('container archives are named: images in layers, and containers that were exported', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-candidates-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const made = join(folder, 'made');
  for (const path of [
    'docker',
    'oci/blobs/sha256',
    'container/usr/bin',
    'container/run',
    'other',
  ]) {
    await mkdir(join(made, path), { recursive: true });
  }
  for (const path of [
    'docker/manifest.json',
    'docker/oci-layout',
    'oci/oci-layout',
    'oci/index.json',
    'container/run/.containerenv',
    'other/index.json',
  ]) {
    await writeFile(join(made, path), '');
  }
  const tar = { program: 'tar', purpose: 'makes archives', debianPackage: 'tar' };
  for (const name of ['docker', 'oci', 'container', 'other']) {
    await run(tar, ['-cf', join(folder, `${name}.tar`), '-C', join(made, name), '.']);
  }
  const found = await findCandidates(folder, AbortSignal.timeout(60_000));
  t.deepEqual(
    found.map(({ description }) => description.replace(/, \d[^,]*/, '')),
    [
      'container.tar, exported container',
      'docker.tar, container image in layers (docker save)',
      'oci.tar, container image in layers (OCI)',
    ],
  );
  for (const [name, program] of [
    ['docker', 'docker'],
    ['oci', 'podman'],
  ] as const) {
    await t.throwsAsync(openSource(join(folder, `${name}.tar`)), {
      code: 'source.layers',
      message: /is a container image in layers \(.*\), not yet a root filesystem\./,
    });
    const error = await openSource(join(folder, `${name}.tar`)).catch((thrown) => thrown);
    t.true(error.hint.includes(`${program} export live -o rootfs.tar`), error.hint);
  }
});

test('the running system is offered to root', async (t) => {
  t.deepEqual(await runningSystem(false), []);
  const [here, ...others] = await runningSystem(true);
  t.deepEqual(others, []);
  t.is(here?.path, '/');
  t.regex(here?.description ?? '', /^this running system(?:, \S.*)?$/);
});

test('archives are known by their first bytes', (t) => {
  const ustar = Buffer.alloc(512);
  ustar.write('ustar', 257);
  t.true(hasArchiveMagic(ustar));
  t.true(hasArchiveMagic(Buffer.from('28b52ffd00', 'hex')));
  t.true(hasArchiveMagic(Buffer.from('fd377a585a0000', 'hex')));
  t.false(hasArchiveMagic(Buffer.from('ustar')));
  t.false(hasArchiveMagic(Buffer.alloc(0)));
});

const common = { mode: 0o755, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, xattrs: [] };
const directory = (entries: Record<string, Inode>): Directory => ({
  ...common,
  kind: 'directory',
  entries: new Map(Object.entries(entries)),
});

test('kernels are those with modules, newest first, through a merged /usr', (t) => {
  const index: Inode = { ...common, kind: 'file', size: 0, runs: [] };
  const modules = directory({
    '6.1.0-9-686': directory({ 'modules.dep': index }),
    '6.1.0-10-686': directory({ 'modules.dep': index }),
    leftover: directory({}),
  });
  const root = directory({
    usr: directory({ lib: directory({ modules }) }),
    lib: { ...common, kind: 'symlink', target: 'usr/lib' },
  });
  t.deepEqual(kernelVersions(root), ['6.1.0-10-686', '6.1.0-9-686']);
  t.deepEqual(kernelVersions(directory({})), []);
});

test('the review warns; the repeated command replaces the disc and hides the password', (t) => {
  const recipe = parseRecipe({ source: "it's.tar", output: 'b.iso', password: 'secret' });
  const review = reviewLines(recipe, fakePlan(recipe, ['Something is odd.'])).join('\n');
  t.regex(review, /Warning: Something is odd\./);
  t.regex(review, /Missing +getfattr/);
  t.deepEqual(repeatLines(recipe), [
    'The command that makes this disc again (it asks for the password):',
    "  snapdisc build --output=b.iso --force --password=- 'it'\\''s.tar'",
  ]);
});
