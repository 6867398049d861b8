import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readTemplates, withoutComments } from '../../src/initrd/templates.js';
import { run } from '../../src/process.js';

const SHELL = { program: 'sh', purpose: 'judges', debianPackage: 'dash' };
const TOP = fileURLToPath(new URL('../../init-templates/initrd/', import.meta.url));
const strip = (script: string) => withoutComments(Buffer.from(script)).toString();

test('lines that are comments go, all else stays', (t) => {
  const script = '#!/bin/sh\n# What it does.\n\techo "#1" # here\n\t# indented\n#\nn=$#\n';
  t.is(strip(script), '#!/bin/sh\n\techo "#1" # here\nn=$#\n');
  t.is(strip('echo a\n# no newline'), 'echo a\n# no newline');
});

test('no here-document loses a line', async (t) => {
  let documents = 0;
  for (const name of await readdir(TOP, { recursive: true })) {
    if (!(await stat(join(TOP, name))).isFile()) continue;
    const script = await readFile(join(TOP, name), 'utf8');
    const found = script.matchAll(/<<-?\s*(['"\\]?)(\w+)\1?[^\n]*\n(.*?)^\t*\2$/gms);
    for (const [, , , text = ''] of found) {
      documents += 1;
      t.is(strip(text), text, name);
    }
  }
  t.true(documents > 5);
});

test('without comments every script can still be read by a shell', async (t) => {
  const { scripts } = await readTemplates();
  const shell = scripts.filter(({ name }) => !name.startsWith('etc/'));
  t.true(shell.length > 10);
  for (const { name, content } of shell) {
    await t.notThrowsAsync(run(SHELL, ['-n'], Buffer.from(content)), name);
    t.notRegex(Buffer.from(content).toString(), /^\s*# /m, name);
  }
});
