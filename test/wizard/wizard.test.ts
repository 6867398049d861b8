import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { parseRecipeFile } from '../../src/recipe/settings-file.js';
import { TerminalScreen } from './fixtures/terminal-screen.js';

const program = fileURLToPath(new URL('../cli/fixtures/fake-snapdisc.ts', import.meta.url));
const tar = { program: 'tar', purpose: 'makes archives', debianPackage: 'tar' };

/** The wizard on a terminal, in a folder with a directory and an archive to choose from. */
async function startWizard(t: ExecutionContext, variables: readonly string[] = []) {
  const sockets = await mkdtemp(join(tmpdir(), 'snapdisc-tty-'));
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-wizard-'));
  await mkdir(join(folder, 'rootfs/etc'), { recursive: true });
  await mkdir(join(folder, 'rootfs/usr'));
  await mkdir(join(folder, 'photos'));
  await writeFile(join(folder, 'notes.tar'), 'no archive');
  await run(tar, ['-C', folder, '-cf', join(folder, 'debian.tar'), 'rootfs']);
  const screen = await TerminalScreen.start(sockets, [
    ...['env', '-C', folder, 'HOME=/nonexistent', ...variables],
    ...[process.execPath, `--import=${import.meta.resolve('tsx')}`, program],
  ]);
  t.teardown(async () => {
    await screen.close();
    await rm(folder, { recursive: true, force: true });
    await rm(sockets, { recursive: true, force: true });
  });
  return { screen, folder };
}

const FILES = ['debian.tar', 'notes.tar', 'photos', 'rootfs'];

test.serial('from the first question to the disc, its command and the machine', async (t) => {
  const { screen, folder } = await startWizard(t, ['FAKE_KERNELS=6.2 6.1', 'FAKE_CAN_RUN=1']);
  const first = await screen.expect(/Which root filesystem\?.*another path/s);
  t.regex(first, /debian\.tar, 10\.0 KiB\n +rootfs\/\n +another path/);
  await screen.press('Enter');
  await screen.expect(/Which kernel\?/);
  await screen.press('Down', 'Enter');
  await screen.expect(/Label of the disc/);
  await screen.press('Enter');
  await screen.expect(/Make a user/);
  await screen.press('Root!', 'Enter');
  await screen.expect(/That must be 1 to 32 of a-z/);
  for (let key = 0; key < 'Root!'.length; key += 1) await screen.press('BSpace');
  await screen.press('ana', 'Enter');
  await screen.expect(/Password for ana/);
  await screen.press('one', 'Enter');
  await screen.expect(/The same again/);
  await screen.press('two', 'Enter');
  await screen.expect(/The two differ/);
  await screen.press('secret', 'Enter');
  await screen.expect(/differ.*The same again/s);
  await screen.press('secret', 'Enter');
  await screen.expect(/Write the disc image to/);
  await screen.press('Enter');
  const review = await screen.expect(/quit without building/);
  for (const line of [
    /From +tar archive debian\.tar/,
    /To +debian\.iso/,
    /Kernel +6\.1 \(i386\)/,
    /Login +ana can log in\./,
    /Disc +450 MiB, initrd 3\.50 MiB/,
  ]) {
    t.regex(review, line);
  }
  t.notRegex(review, /secret/);
  await screen.press('Enter');
  const done = await screen.expect(/Save this as a recipe\?/);
  // The terminal wraps the command at 80 columns.
  const command =
    'snapdisc build --output=debian.iso --force --user=ana --password=- --kernel=6.1 debian.tar';
  t.true(done.replaceAll('\n', '').includes(command), done);
  await screen.press('y');
  await screen.expect(/Write the recipe to/);
  await screen.press('Enter');
  await screen.expect(/snapdisc\.yaml is written.*snapdisc build --force/s);
  await screen.expect(/Try the disc in a virtual machine\?/);
  await screen.press('y');
  await screen.expect(/BOOTED debian\.iso/);
  t.is(await screen.exitCode(), 0);
  t.is(await readFile(join(folder, 'debian.iso'), 'utf8'), 'a disc');
  const saved = await readFile(join(folder, 'snapdisc.yaml'));
  const { discs, problems } = parseRecipeFile(saved, 'snapdisc.yaml');
  t.deepEqual(problems, []);
  t.deepEqual(discs[0]?.layer.values, {
    source: 'debian.tar',
    output: 'debian.iso',
    kernel: '6.1',
    user: 'ana',
    password: '-',
  });
});

test.serial('a wrong source, a changed mind, an output that exists', async (t) => {
  const { screen, folder } = await startWizard(t);
  await writeFile(join(folder, 'broken.tar'), '');
  await writeFile(join(folder, 'old.iso'), 'old');
  await screen.expect(/another path/);
  await screen.press('Down', 'Down', 'Enter');
  await screen.expect(/Path of the root filesystem/);
  await screen.press('nowhere', 'Enter');
  await screen.expect(/There is nothing at that path/);
  for (let key = 0; key < 'nowhere'.length; key += 1) await screen.press('BSpace');
  await screen.press('broken.tar', 'Enter');
  await screen.expect(/That does not work: broken\.tar is damaged\.\s+Hint: Get another\./);
  await screen.expect(/damaged.*another path/s);
  await screen.press('Down', 'Enter');
  // One kernel: nothing to ask.
  await screen.expect(/Label of the disc/);
  await screen.press('Enter');
  await screen.expect(/Make a user/);
  await screen.press('Enter');
  await screen.expect(/Password for root/);
  await screen.press('Enter');
  await screen.expect(/Log in without a password\?/);
  await screen.press('y');
  await screen.expect(/Write the disc image to/);
  await screen.press('Enter');
  await screen.expect(/To +rootfs\.iso.*What now/s);
  await screen.press('Down', 'Enter');
  await screen.expect(/Change what\?/);
  await screen.press('Up', 'Enter');
  await screen.expect(/Change what\?.*Write the disc image to/s);
  for (let key = 0; key < 'rootfs.iso'.length; key += 1) await screen.press('BSpace');
  await screen.press('old.iso', 'Enter');
  await screen.expect(/old\.iso exists\. Replace it\?/);
  await screen.press('y');
  await screen.expect(/To +old\.iso, which is replaced.*What now/s);
  await screen.press('Up', 'Enter');
  await screen.expect(/Nothing was written\./);
  t.is(await screen.exitCode(), 0);
  t.is(await readFile(join(folder, 'old.iso'), 'utf8'), 'old');
  t.deepEqual(await readdir(folder), [
    'broken.tar',
    ...FILES.slice(0, 2),
    'old.iso',
    ...FILES.slice(2),
  ]);
});

/** Every question, and the keys that answer the one before it. */
const QUESTIONS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/Which root filesystem\?/, []],
  [/Which kernel\?/, ['Enter']],
  [/Label of the disc/, ['Enter']],
  [/Make a user/, ['Enter']],
  [/Password for root/, ['Enter']],
  [/Log in without a password/, ['Enter']],
  [/Write the disc image/, ['Enter']],
  [/What now\?/, ['Enter']],
];

QUESTIONS.forEach(([last], count) => {
  test.serial(`Ctrl-C at ${last.source} leaves nothing and exits with 130`, async (t) => {
    const { screen, folder } = await startWizard(t, ['FAKE_KERNELS=2 1']);
    for (const [question, keys] of QUESTIONS.slice(0, count + 1)) {
      if (keys.length > 0) await screen.press(...keys);
      await screen.expect(question);
    }
    await screen.press('C-c');
    t.is(await screen.exitCode(), 130);
    t.regex(await screen.text(), /Interrupted\./);
    t.deepEqual(await readdir(folder), FILES);
  });
});

test.serial('Ctrl-C at the recipe leaves the disc and no recipe', async (t) => {
  const { screen, folder } = await startWizard(t);
  await writeFile(join(folder, 'snapdisc.yaml'), '# mine');
  const questions = QUESTIONS.filter(([question]) => !question.source.includes('kernel'));
  for (const [question, keys] of questions) {
    if (keys.length > 0) await screen.press(...keys);
    await screen.expect(question);
  }
  await screen.press('Enter');
  await screen.expect(/Save this as a recipe\?/);
  await screen.press('y');
  await screen.expect(/Write the recipe to/);
  await screen.press('Enter');
  await screen.expect(/snapdisc\.yaml exists\. Replace it\?/);
  await screen.press('C-c');
  t.is(await screen.exitCode(), 130);
  t.is(await readFile(join(folder, 'snapdisc.yaml'), 'utf8'), '# mine');
  t.deepEqual(await readdir(folder), ['debian.iso', ...FILES, 'snapdisc.yaml']);
});

test.serial('Ctrl-C while the disc is written removes it and exits with 130', async (t) => {
  const { screen, folder } = await startWizard(t, ['FAKE_PACE=300']);
  const questions = QUESTIONS.filter(([question]) => !question.source.includes('kernel'));
  for (const [question, keys] of questions) {
    if (keys.length > 0) await screen.press(...keys);
    await screen.expect(question);
  }
  await screen.press('Enter');
  await screen.expect(/Writing the disc {2}\[##/);
  await screen.press('C-c');
  t.is(await screen.exitCode(), 130);
  t.deepEqual(await readdir(folder), FILES);
});

test.serial('colours on a terminal, none with NO_COLOR', async (t) => {
  // Foreground colours in an SGR sequence (ECMA-48 8.3.117).
  const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*(?:3[1-7]|9[0-7])m`);
  const coloured = await startWizard(t);
  await coloured.screen.expect(/another path/);
  t.regex(await coloured.screen.text(true), colour);
  const plain = await startWizard(t, ['NO_COLOR=1']);
  await plain.screen.expect(/another path/);
  await plain.screen.press('Enter');
  await plain.screen.expect(/Label of the disc/);
  t.notRegex(await plain.screen.text(true), colour);
});
