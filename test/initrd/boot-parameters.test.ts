import { readFile } from 'node:fs/promises';
import test from 'ava';
import { readTemplates } from '../../src/initrd/templates.js';
import { BUILT, settingsReader } from './helpers/init-settings.js';

const DOCUMENT = new URL('../../docs/boot-parameters.md', import.meta.url);

/** Rows of the table, each as its cells. */
async function documented(): Promise<string[][]> {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n');
  return lines
    .filter((line) => line.startsWith('| `live.'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** Everything that the init and the live system run. */
async function scriptTexts(): Promise<string> {
  const { scripts } = await readTemplates();
  return scripts.map(({ content }) => Buffer.from(content).toString()).join('');
}

/** Names that the scripts take from the kernel's command line. */
async function understood(): Promise<Set<string>> {
  const found = (await scriptTexts()).matchAll(/\$\{?live_([a-z_]+)/g);
  return new Set([...found].map(([, name = '']) => `live.${name}`));
}

/** The documented default where it is a value: `60`; nothing at all is what "none" and "no" mean. */
async function plainDefaults(): Promise<Map<string, string>> {
  const defaults = new Map<string, string>();
  for (const [name = '', cell = ''] of await documented()) {
    const value = cell === 'none' || cell === 'no' ? 'no' : /^`([^`]+)`$/.exec(cell)?.[1];
    if (value !== undefined) defaults.set(name.replaceAll('`', ''), value);
  }
  return defaults;
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

test('the default that is documented is the one in the scripts', async (t) => {
  const defaults = await plainDefaults();
  const inScripts = (await scriptTexts()).matchAll(/\$\{live_([a-z_]+):-([^}]*)\}/g);
  const checked = new Set<string>();
  for (const [, name = '', value = ''] of inScripts) {
    const expected = defaults.get(`live.${name}`);
    // It is yes unless no was said, which the settings below show.
    if (expected === undefined || name === 'eject') continue;
    t.is(value === '' ? 'no' : value, expected, name);
    checked.add(`live.${name}`);
  }
  const unchecked = [...defaults.keys()].filter((name) => !checked.has(name));
  t.deepEqual(unchecked, ['live.eject']);
});

test('without a parameter the init goes by the documented defaults', async (t) => {
  const after = await settingsReader(t);
  if (after === undefined) return;
  const defaults = await plainDefaults();
  const settings = {
    ORIGIN: BUILT.ORIGIN,
    COW: BUILT.COW,
    COW_TYPE: defaults.get('live.cow_type'),
    WAIT: defaults.get('live.wait'),
    EJECT: defaults.get('live.eject'),
    DRIVE_SPEED: defaults.get('live.drive_speed'),
    ZRAM_ALGO: '',
    DEBUG: '',
  };
  const names = Object.keys(settings);
  const told = await after({}, names.map((name) => `echo "${name}=$${name}"`).join('\n'));
  t.deepEqual(
    told,
    Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  );

  // "`50` below 512 MiB of memory, else `0`", in KiB.
  const swap = 'mkswap() { echo "$1" >/run/swap; false; }; : >/run/swap; start_zram_swap';
  const swapOf = (kib: number, parameters = '') =>
    after({ parameters, memory: { MemTotal: kib } }, `${swap}; cat /run/swap`);
  const [, half] = await swapOf(512 * 1024 - 8);
  t.is(half, '/dev/zram of 262140');
  t.deepEqual(await swapOf(512 * 1024), []);
  t.deepEqual(await swapOf(65_536, 'live.zram_swap=0'), []);
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
