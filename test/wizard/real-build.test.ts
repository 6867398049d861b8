import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { type FakeMmdebstrap, fakeMmdebstrap } from '../fixtures/fake-mmdebstrap.js';
import { answerUntil } from './fixtures/start-wizard.js';
import { TerminalScreen } from './fixtures/terminal-screen.js';

/** The program itself asks on a terminal, and builds. */

const program = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));
const tool = (name: string, debianPackage = name) => ({
  program: name,
  purpose: 'sets tests up and judges discs',
  debianPackage,
});
/** Foreground colours in an SGR sequence (ECMA-48 8.3.117). */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*(?:3[1-7]|9[0-7])m`);
/** Equal input gives an equal disc. */
const SAME = ['SOURCE_DATE_EPOCH=1700000000', 'HOME=/nonexistent'];

interface Scene {
  readonly folder: string;
  readonly screen: TerminalScreen;
  readonly fake: FakeMmdebstrap;
  readonly variables: readonly string[];
}

/** The wizard in a folder with an archive of a small root filesystem. */
async function start(t: ExecutionContext, more: readonly string[]): Promise<Scene> {
  const folder = await temporaryDirectory(t);
  const fake = await fakeMmdebstrap();
  t.teardown(fake.remove);
  await run(tool('mv', 'coreutils'), [join(fake.folder, 'system.tar'), join(folder, 'small.tar')]);
  await run(tool('ln', 'coreutils'), [join(folder, 'small.tar'), join(fake.folder, 'system.tar')]);
  const variables = [
    ...[...SAME, 'FAKE_HANG=', 'FAKE_FAILURE=', ...more],
    ...[`PATH=${fake.folder}:${process.env.PATH}`, `SNAPDISC_CACHE=${fake.folder}/cache`],
  ];
  const screen = await TerminalScreen.start(fake.folder, [
    ...['env', '-C', folder, ...variables, process.execPath, program],
  ]);
  t.teardown(() => screen.close());
  return { folder, screen, fake, variables };
}

/** Builds and leaves; gives what the end of the build looked like, with its styles. */
async function build(screen: TerminalScreen): Promise<{ text: string; styled: string }> {
  await screen.expect(/build the disc.*quit/s);
  await screen.press('Enter');
  const text = await screen.expect(/Done\..*What next\?.*nothing more/s);
  const styled = await screen.text(true);
  await screen.press('Up', 'Enter');
  return { text, styled };
}

/** Runs the command that the wizard ends with, as somebody would who copies it. */
async function repeat({ folder, variables }: Scene, text: string): Promise<void> {
  // The terminal wraps it at 80 columns.
  const line = text.replace(/\n(?=\S)/g, '');
  const command = /^ +snapdisc (build .*)$/m.exec(line)?.[1] ?? 'no command';
  const typed = `${process.execPath} ${program} ${command}`;
  await run(tool('env', 'coreutils'), ['-C', folder, ...variables, 'sh', '-c', typed]);
}

for (const [name, variables, isColoured] of [
  ['in colours', [], true],
  ['without colours', ['NO_COLOR=1'], false],
] as const) {
  test.serial(`the wizard builds a disc, ${name}; its command makes the same again`, async (t) => {
    const scene = await start(t, variables);
    const { folder, screen } = scene;
    const first = await answerUntil(screen, /Label/);
    t.regex(first, /An unnamed system, about 1\d\.\d MiB as a disc/);
    await screen.press('Enter');
    await answerUntil(screen, /What now/, { from: 'go onto' });
    const { text, styled } = await build(screen);
    t.is(await screen.exitCode(), 0);
    t.regex(text, /small\.iso: \d+(?:\.\d+)? MiB, made in \d/);
    t.is(COLOUR.test(styled), isColoured);
    for (const line of text.split('\n')) t.true(line.length <= 80, line);
    t.deepEqual((await readdir(folder)).sort(), ['small.iso', 'small.tar']);
    const iso = join(folder, 'small.iso');
    const found = await run(tool('xorriso'), ['-indev', iso, '-find', '/live', '-exec', 'lsdl']);
    t.regex(found.toString(), /'\/live\/root\.img'/);
    const made = await readFile(iso);
    await rm(iso);
    await repeat(scene, text);
    t.true((await readFile(iso)).equals(made));
  });
}

test.serial(
  'a source without a kernel is refused at once, and another one can be chosen',
  async (t) => {
    const { folder, screen } = await start(t, []);
    // Without etc, it is not offered.
    await run(tool('mkdir', 'coreutils'), ['-p', join(folder, 'bare/usr/bin')]);
    await screen.expect(/Which root.*another path/s);
    await screen.press('Up', 'Enter');
    await screen.expect(/Path of the root filesystem/);
    await screen.press('bare', 'Enter');
    const told = await screen.expect(/That does not work: .*Which root.*another path/s);
    t.regex(told, /There is no kernel in the root filesystem: no \/boot\/vmlinuz/);
    t.regex(told, /Hint: On Debian: install linux-image-amd64/);
    await screen.press('Enter');
    await screen.expect(/about 1\d\.\d MiB as a disc.*Label of the disc/s);
    await screen.press('C-c');
    t.is(await screen.exitCode(), 130);
  },
);

test.serial('the wizard builds a disc of a Debian that it has bootstrapped', async (t) => {
  const scene = await start(t, []);
  const { folder, screen, fake } = scene;
  await screen.expect(/Which root.*another path/s);
  await screen.press('Up', 'Up', 'Enter');
  await screen.expect(/Which processor.*64 bit/s);
  await screen.press('Down', 'Enter');
  await screen.expect(/More packages/);
  await screen.press('Enter');
  const steps = await screen.expect(/Label of the disc/);
  t.regex(steps, /ok Debian bookworm \(amd64\): installing packages/);
  await answerUntil(screen, /What now/, { from: 'Label', but: /processor/ });
  const { text } = await build(screen);
  t.is(await screen.exitCode(), 0);
  t.true((await stat(join(folder, 'debian-bookworm.iso'))).size > 0);
  await repeat(scene, text);
  t.is((await fake.calls()).length, 1, 'questions, plan, build and repeated build share it');
});

test.serial(
  'mmdebstrap that is missing or fails is told, and another source can be named',
  async (t) => {
    const { folder, screen } = await start(t, ['FAKE_FAILURE=E: Unable to locate package nanoo']);
    await screen.expect(/Which root.*another path/s);
    await screen.press('Up', 'Up', 'Enter');
    await screen.expect(/Which processor.*64 bit/s);
    await screen.press('Enter');
    await screen.expect(/More packages/);
    await screen.press('nanoo', 'Enter');
    const told = await screen.expect(/That does not work: .*Hint: .*Which root.*another path/s);
    t.regex(told, /E: Unable to locate package nanoo/);
    await screen.press('C-c');
    t.is(await screen.exitCode(), 130);
    t.deepEqual(await readdir(folder), ['small.tar']);
  },
);
