import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { byteStringFromText } from '../../src/bytes.js';
import { staticFile } from '../../src/cpio/newc.js';
import { readTemplates, withoutComments, withStagesInside } from '../../src/initrd/templates.js';
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

test('what only init sources becomes part of it, in its place', (t) => {
  const files = {
    'lib/live/a.sh': 'a() { :; }\n. /lib/live/system/b.sh\n',
    'lib/live/maybe.sh': 'm\n',
    'lib/live/system/b.sh': 'b() { :; }\n',
    init: '#!/bin/sh\n. /lib/live/a.sh\n[ ! -f /lib/live/maybe.sh ] || . /lib/live/maybe.sh\n. /lib/live/none.sh\na\n',
  };
  const scripts = Object.entries(files).map(([name, content]) =>
    staticFile(byteStringFromText(name), Buffer.from(content), 0o755),
  );
  const whole = withStagesInside(scripts);
  t.deepEqual(
    Object.fromEntries(whole.map(({ name, content }) => [name, Buffer.from(content).toString()])),
    {
      'lib/live/maybe.sh': files['lib/live/maybe.sh'],
      'lib/live/system/b.sh': files['lib/live/system/b.sh'],
      init: files.init.replace('. /lib/live/a.sh\n', files['lib/live/a.sh']),
    },
  );
  t.deepEqual([...new Set(whole.map(({ mode }) => mode & 0o777))], [0o755]);
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
