import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { type LiveRoot, liveRoot } from './helpers/live-root.js';

const DOCUMENT = new URL('../../docs/live-tools.md', import.meta.url);

/** The guard's figures, those of docs/live-tools.md. */
const FIGURES = {
  readonly: 'no',
  percent: '41',
  changes_kib: '9472',
  left_kib: '13312',
  certain_kib: '13312',
  size_kib: '26624',
  used_kib: '9472',
  stored_kib: '4120',
  memory_left_kib: '31204',
  cow: 'zram',
};

const BUSYBOX = '/run/initramfs/bin/busybox';
const LINK_PROGRAMS = `for name in cat sleep; do ${BUSYBOX} ln -s ${BUSYBOX} /bin/$name; done`;

/** A live system with a guard, of process 1, that has left these figures. */
async function guarded(
  t: ExecutionContext,
  changes: Partial<typeof FIGURES> = {},
): Promise<LiveRoot | undefined> {
  const root = await liveRoot(t, {});
  await root?.run(LINK_PROGRAMS);
  const words = Object.entries({ ...FIGURES, ...changes }).map(([key, value]) => `${key}=${value}`);
  await root?.write({
    '/dev/null': '',
    '/proc/1/comm': 'guard\n',
    '/run/live/guard.pid': '1\n',
    '/run/live/status': `${words.join(' ')}\n`,
  });
  return root;
}

/** What it prints, errors too, and its exit code. */
async function ask(root: LiveRoot, args = '') {
  const said = await root.run(`/bin/sh ./live-status ${args} 2>&1; echo "exit $?"`);
  const [, output = '', code] = /^([\s\S]*)exit (\d+)\n$/.exec(said) ?? [];
  return { output, code: Number(code) };
}

test('the exit code tells how full it is, and what is shown goes with it', async (t) => {
  for (const [percent, readonly, code] of [
    ['0', 'no', 0],
    ['74', 'no', 0],
    ['75', 'no', 1],
    ['89', 'no', 1],
    ['90', 'no', 2],
    ['100', 'no', 2],
    ['41', 'yes', 3],
    ['100', 'yes', 3],
  ] as const) {
    const root = await guarded(t, { percent, readonly });
    if (root === undefined) return;
    const name = `${percent} % ${readonly}`;
    const shown = await ask(root);
    t.is(shown.code, code, name);
    t.is(/^Changes {2}\[#*\.*\] (\d+) %$/m.exec(shown.output)?.[1], percent, name);
    t.is(shown.output.includes('/ is read-only: add room'), readonly === 'yes', name);
    const json = await ask(root, '--json');
    t.is(json.code, code, name);
    t.like(JSON.parse(json.output), { percent: Number(percent), readOnly: readonly === 'yes' });
  }
});

test('without a guard nobody knows: 4', async (t) => {
  const root = await guarded(t);
  if (root === undefined) return;
  // The guard was killed.
  await root.remove('/proc/1/comm');
  await root.run(`${BUSYBOX} rmdir /proc/1`);
  const told = { output: /^live-status: no figures: the store's guard does not run/, code: 4 };
  const killed = await ask(root, '--json');
  t.regex(killed.output, told.output);
  t.is(killed.code, told.code);
  // It has not started yet.
  await root.remove('/run/live/status');
  const early = await ask(root);
  t.regex(early.output, told.output);
  t.is(early.code, told.code);
});

test('wrong use is told apart from figures, and --help is none', async (t) => {
  const root = await guarded(t);
  if (root === undefined) return;
  for (const args of ['--jsn', 'now', '--json --json', "''"]) {
    const { output, code } = await ask(root, args);
    t.is(code, 64, args);
    t.regex(output, /^Usage: live-status \[--json\]/, args);
  }
  const { output, code } = await ask(root, '--help');
  t.is(code, 0);
  t.regex(output, /Exit code: 0 room enough, 1 full to 75 %, 2 to 90 %, 3 .* 4 nobody knows/);
});

test('what the documentation shows is what it prints', async (t) => {
  const root = await guarded(t);
  if (root === undefined) return;
  const document = (await readFile(DOCUMENT, 'utf8')).replaceAll(/^ {4}/gm, '');
  const { output } = await ask(root);
  t.true(document.includes(`$ live-status\n${output}`), output);
  const json = await ask(root, '--json');
  t.true(document.includes(`\n${json.output}\n`), json.output);
});

test('what would fit in besides is an estimate from how well the changes compress', async (t) => {
  for (const [used_kib, stored_kib, growth] of [
    // A quarter: three times as much again as is left.
    ['8000', '2000', 3 * 13_312],
    ['8000', '8000', 0],
    // Random data takes more than it holds; of nothing nothing can be told.
    ['8000', '8200', 0],
    ['0', '0', 0],
  ] as const) {
    const root = await guarded(t, { used_kib, stored_kib });
    if (root === undefined) return;
    t.like(JSON.parse((await ask(root, '--json')).output), { growthKiB: growth });
  }
});

test('places of deleted files are no certain room', async (t) => {
  const root = await guarded(t, { left_kib: '640000', certain_kib: '28672', stored_kib: '9472' });
  if (root === undefined) return;
  const said = 'Left     28 MiB for certain, 597 MiB in places of deleted files, 0 KiB more if';
  t.true((await ask(root)).output.includes(said));
  t.like(JSON.parse((await ask(root, '--json')).output), { leftKiB: 640_000, certainKiB: 28_672 });
});

test('the store is named as live.cow names it', async (t) => {
  for (const [cow, shown] of [
    ['ram', 'ram'],
    ['/dev/sdb1', '/dev/sdb1'],
    ['UUID=4A5B-0C1D:/live/my*store', 'UUID=4A5B-0C1D:/live/my*store'],
    ['/dev/sdb1:/a"b', 'unknown'],
    ['/dev/sdb1:/a\\b', 'unknown'],
  ] as const) {
    const root = await guarded(t, { cow });
    if (root === undefined) return;
    t.true((await ask(root)).output.includes(` of memory (${shown})\n`), cow);
    t.like(JSON.parse((await ask(root, '--json')).output), { store: shown });
  }
});

test('figures that are no figures run nothing', async (t) => {
  const root = await guarded(t, { cow: '$(echo>/ran)', stored_kib: 'a[$(echo>/ran)]' });
  if (root === undefined) return;
  await ask(root);
  await t.throwsAsync(root.read('/ran'), { code: 'ENOENT' });
});

test('how far the root image is loaded is shown as long as it is', async (t) => {
  const root = await guarded(t);
  if (root === undefined) return;
  await root.write({ '/run/live/load-to-ram': '39 %\n', '/run/live/load-to-ram.pid': '1\n' });
  const { output } = await ask(root);
  t.regex(output, /^Changes {2}\[#{8}\.{12}\] 41 %$/m);
  t.regex(output, /^Loading {2}\[#{7}\.{13}\] 39 %$/m);
  await root.remove('/run/live/load-to-ram.pid');
  t.notRegex((await ask(root)).output, /Loading/);
});
