import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { answerUntil, FILES, QUESTIONS, startWizard } from './fixtures/start-wizard.js';

/** A question that Enter alone does not lead to: the last one before it, and what is typed there. */
interface Detour {
  readonly after: RegExp;
  /** Keys, and questions to wait for between them. */
  readonly keys: readonly (string | RegExp)[];
  readonly question: RegExp;
  readonly variables?: readonly string[];
  /** What is there then, besides what was there before. */
  readonly left?: readonly string[];
}

const ROOT = /Which root/;
const BUILT = { after: /What now/, left: ['debian.iso'] };
const DETOURS: readonly Detour[] = [
  { after: ROOT, keys: ['Up', 'Enter'], question: /Path of the root filesystem/ },
  { after: ROOT, keys: ['Up', 'Up', 'Enter'], question: /Which processor.*64 bit/s },
  {
    ...{ after: ROOT, keys: ['Up', 'Up', 'Enter', /Which processor.*64 bit/s, 'Enter'] },
    question: /More packages/,
  },
  {
    ...{ after: /go onto/, variables: ['FAKE_MIB=710'] },
    keys: ['Down', 'Down', 'Enter', /Memory/, 'Enter', /Which processor.*x86_64/s, 'Enter'],
    question: /Compress it\?/,
  },
  { after: /Password for/, keys: ['x', 'Enter'], question: /The same again/ },
  {
    ...{ after: /Password for/, keys: ['x', 'Enter', /same again/, 'y', 'Enter'] },
    question: /The two differ.*Password for/s,
  },
  { after: /extra files/, keys: ['photos', 'Enter'], question: /Another one/ },
  {
    after: /Write the disc/,
    keys: [...Array<string>('debian.iso'.length).fill('BSpace'), 'notes.tar', 'Enter'],
    question: /notes\.tar exists\. Replace it\?/,
  },
  { after: /What now/, keys: ['Down', 'Enter'], question: /Change what\?.*output/s },
  { ...BUILT, keys: ['Enter'], question: /What next\?.*nothing more/s },
  {
    ...{ ...BUILT, variables: ['FAKE_DRIVES=1'] },
    keys: ['Enter', /What next\?.*nothing more/s, 'Down', 'Enter'],
    question: /Keep changes on what is left/,
  },
  {
    ...{ ...BUILT, keys: ['Enter', /What next\?.*nothing more/s, 'Enter'] },
    question: /Write the recipe to/,
  },
];

/** Questions in the sources: each has its place above or in `QUESTIONS`, but one that is asked in two ways. */
const CALLS = 20;

test('every question of the wizard is in these tests', async (t) => {
  const folder = fileURLToPath(new URL('../../src/wizard', import.meta.url));
  let calls = 0;
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    calls += [
      ...text.matchAll(/\bask\.(?:text|optionalText|path|optionalPath|password|confirm|choose)\b/g),
    ].length;
  }
  t.is(calls, CALLS, 'a new question needs a row here, or in QUESTIONS');
});

for (const last of QUESTIONS) {
  const name = last.source.replace(/\.\*.*/, '');
  test.serial(`Ctrl-C at ${name} leaves nothing and exits with 130`, async (t) => {
    const { screen, folder } = await startWizard(t, ['FAKE_KERNELS=2 1']);
    await answerUntil(screen, new RegExp(name.replace(/[\\?:]/g, '.')), { several: true });
    await screen.press('C-c');
    t.is(await screen.exitCode(), 130);
    t.regex(await screen.text(), /Interrupted\./);
    t.deepEqual(await readdir(folder), FILES);
  });
}

for (const { after, keys, question, variables = [], left = [] } of DETOURS) {
  test.serial(`Ctrl-C at ${question.source} leaves nothing and exits with 130`, async (t) => {
    const { screen, folder } = await startWizard(t, variables);
    await answerUntil(screen, after);
    for (const step of keys) {
      if (typeof step === 'string') await screen.press(step);
      else await screen.expect(step);
    }
    await screen.expect(question);
    await screen.press('C-c');
    t.is(await screen.exitCode(), 130);
    t.regex(await screen.text(), /Interrupted\./);
    t.deepEqual(await readdir(folder), [...left, ...FILES].sort());
  });
}

test.serial('Ctrl-C at the recipe leaves the disc and no recipe', async (t) => {
  const { screen, folder } = await startWizard(t);
  await writeFile(join(folder, 'snapdisc.yaml'), '# mine');
  await answerUntil(screen, /What now/);
  await screen.press('Enter');
  await screen.expect(/What next\?.*save the answers.*nothing more/s);
  await screen.press('Enter');
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
  await answerUntil(screen, /What now/);
  await screen.press('Enter');
  await screen.expect(/Writing the disc {2}\[##/);
  await screen.press('C-c');
  t.is(await screen.exitCode(), 130);
  t.deepEqual(await readdir(folder), FILES);
});
