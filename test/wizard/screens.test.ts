import test from 'ava';
import { answerUntil, QUESTIONS, startWizard } from './fixtures/start-wizard.js';

/** Foreground colours in an SGR sequence (ECMA-48 8.3.117). */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*(?:3[1-7]|9[0-7])m`);

/** Walks from the first question to the review: what was on the screen, and the last one with its styles. */
async function walk(t: Parameters<typeof startWizard>[0], variables: readonly string[]) {
  const { screen } = await startWizard(t, ['FAKE_KERNELS=2 1', ...variables]);
  const screens: string[] = [];
  await answerUntil(screen, /What now/, { several: true, see: (text) => screens.push(text) });
  return { screens, styled: await screen.text(true) };
}

/** What one learns and is asked; progress lines tell of seconds, and have no mark without colours. */
function question(text = ''): string {
  return text.slice(text.indexOf('This will be built:'));
}

test('each question fits 80 columns and 24 lines, with colours and without', async (t) => {
  const coloured = await walk(t, []);
  t.is(coloured.screens.length, QUESTIONS.length);
  t.regex(coloured.styled, COLOUR);
  for (const variables of [['NO_COLOR=1'], ['TERM=dumb']]) {
    const plain = await walk(t, variables);
    t.notRegex(plain.styled, COLOUR);
    t.is(question(plain.screens.at(-1)), question(coloured.screens.at(-1)));
  }
  for (const text of coloured.screens) {
    const lines = text.trimEnd().split('\n');
    t.true(lines.length <= 24, text);
    // A line of 80 characters is one that goes on below.
    t.deepEqual(
      lines.filter((line) => line.length > 79),
      [],
    );
  }
});
