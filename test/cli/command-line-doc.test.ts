import { readFile } from 'node:fs/promises';
import test from 'ava';
import { commandLineDocument, DOCUMENT } from '../../scripts/command-line-doc.js';
import { RECIPE_FLAGS } from '../../src/recipe/flags.js';

test('docs/command-line.md is what the command tree says', async (t) => {
  const text = await readFile(DOCUMENT, 'utf8');
  t.is(text, commandLineDocument(), 'run: npx tsx scripts/command-line-doc.ts');
  for (const { flags, description } of RECIPE_FLAGS) {
    t.true(text.includes(`| \`${flags}\` | ${description}`), flags);
  }
  for (const flag of [
    '--dry-run',
    '--json',
    '--memory <size>',
    '--drive <kind>',
    '--debug',
    '-q, --quiet',
    '-v, --verbose',
  ]) {
    t.true(text.includes(flag), flag);
  }
});
