import { readFile } from 'node:fs/promises';
import test from 'ava';
import { MAN_PAGE, manPage } from '../../scripts/man-page.js';
import { EXIT_CODES } from '../../src/errors.js';
import { run } from '../../src/process.js';

test('docs/snapdisc.1 is what the command tree says', async (t) => {
  t.is(await readFile(MAN_PAGE, 'utf8'), manPage(), 'run: npx tsx scripts/man-page.ts');
});

test('groff has nothing to complain of, and shows commands, flags and exit codes', async (t) => {
  const groff = { program: 'groff', purpose: 'shows manual pages', debianPackage: 'groff-base' };
  // Warnings go to standard output, where they would stand before the page.
  const shell = { program: 'sh', purpose: 'runs groff', debianPackage: 'dash' };
  const arguments_ = '-man -Tutf8 -ww -P-c -P-b -P-u -rLL=78n';
  const shown = (
    await run(shell, ['-c', `${groff.program} ${arguments_} 2>&1`], manPage())
  ).toString();
  t.notRegex(shown, /^(\w*roff|<standard input>):/m);
  for (const text of ['snapdisc run [options] <disc>', '--headroom <size>', 'snapdisc verify'])
    t.true(shown.includes(text), text);
  for (const code of Object.values(EXIT_CODES))
    t.regex(shown, new RegExp(`^ +${code} +[A-Z]`, 'm'));
});
