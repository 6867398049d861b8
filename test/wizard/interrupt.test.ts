import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { answerUntil, FILES, QUESTIONS, startWizard } from './fixtures/start-wizard.js';

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
