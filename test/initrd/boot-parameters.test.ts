import { readFile } from 'node:fs/promises';
import test from 'ava';
import { readTemplates } from '../../src/initrd/templates.js';

const DOCUMENT = new URL('../../docs/boot-parameters.md', import.meta.url);

/** Rows of the table, each as its cells. */
async function documented(): Promise<string[][]> {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n');
  return lines
    .filter((line) => line.startsWith('| `live.'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** Names that the scripts take from the kernel's command line. */
async function understood(): Promise<Set<string>> {
  const { scripts } = await readTemplates();
  const names = new Set<string>();
  for (const { content } of scripts) {
    for (const [, name = ''] of Buffer.from(content)
      .toString()
      .matchAll(/\$\{?live_([a-z_]+)/g)) {
      names.add(`live.${name}`);
    }
  }
  return names;
}

test('every parameter is documented, and every documented one is there', async (t) => {
  const rows = await documented();
  const names = rows.map(([name = '']) => name.replaceAll('`', ''));
  t.true(names.includes('live.origin'));
  t.deepEqual(names.toSorted(), [...(await understood())].sort());
});

test('every parameter has a default, a meaning and an example of its own', async (t) => {
  for (const row of await documented()) {
    const [name = '', , , example = ''] = row;
    t.is(row.length, 4, name);
    t.true(
      row.every((cell) => cell !== ''),
      name,
    );
    t.true(example.startsWith(name.slice(0, -1)), example);
  }
});

test("what the entries of the boot menu add is documented, the kernel's own too", async (t) => {
  const menu = await readFile(new URL('../../isolinux/isolinux.cfg', import.meta.url), 'utf8');
  const added = [...menu.matchAll(/APPEND @APPEND@ (.+)$/gm)].flatMap(([, words = '']) =>
    words.split(' '),
  );
  t.true(added.includes('live.check'));
  const rows = (await readFile(DOCUMENT, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const names = rows.map((row) => row.split('`')[1]?.replace(/=.*/, ''));
  for (const word of added) t.true(names.includes(word.replace(/=.*/, '')), word);
});

test('the stages of live.debug are documented in the order of the init', async (t) => {
  const { scripts } = await readTemplates();
  const init = scripts.find(({ name }) => name === 'init');
  const all = scripts.map(({ content }) => Buffer.from(content).toString()).join('');
  const calls =
    Buffer.from(init?.content ?? [])
      .toString()
      .match(/^[a-z_]+(?= "\$@"$|$)/gm) ?? [];
  const stages = calls.filter((name) => all.includes(`debug_stop ${name}\n`));
  t.true(stages.includes('find_medium'));
  const page = await readFile(new URL('../../docs/live-system.md', import.meta.url), 'utf8');
  const [, list = ''] = /The stages, in order:([^.]*)\./.exec(page) ?? [];
  t.deepEqual(list.match(/[a-z_]+/g), stages);
});
