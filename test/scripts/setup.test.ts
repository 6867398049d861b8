import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT, runScript, temporaryFolder, writeScript } from './stubs.js';

interface Machine {
  readonly project: string;
  readonly log: string;
  readonly setup: (purpose: string) => ReturnType<typeof runScript>;
  readonly programs: string;
}

/** A checkout, on a machine whose programs note how they were called. */
async function machine(t: ExecutionContext, stubs: Record<string, string> = {}): Promise<Machine> {
  const project = await temporaryFolder(t);
  const programs = path.join(project, 'programs');
  const log = path.join(project, 'log');
  const script = path.join(project, 'scripts/setup.sh');
  await mkdir(path.dirname(script));
  await copyFile(path.join(PROJECT, 'scripts/setup.sh'), script);
  await writeFile(path.join(project, 'package-lock.json'), '{}');
  await writeFile(log, '');
  const note = `echo "$(basename "$0") $*" >>${log}`;
  const all: Record<string, string> = {
    node: 'echo v20.19.0',
    npm: note,
    'dpkg-query': 'echo installed',
    'apt-get': note,
    id: 'echo 0',
    ...stubs,
  };
  for (const [name, body] of Object.entries(all))
    await writeScript(path.join(programs, name), body.replace('NOTE', note));
  return { project, log, programs, setup: (purpose) => runScript(script, [purpose], programs) };
}

async function calls({ log }: Machine): Promise<string[]> {
  return (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
}

const MISSING_XORRISO = 'case "$*" in *xorriso) exit 1 ;; *) echo installed ;; esac';

test('everything is there: only npm runs, and that once', async (t) => {
  const there = await machine(t);
  t.is((await there.setup('test')).status, 0);
  t.deepEqual(await calls(there), ['npm ci --no-audit --no-fund']);

  const stamp = path.join(there.project, 'node_modules/.package-lock.json');
  await mkdir(path.dirname(stamp));
  await writeFile(stamp, '{}');
  t.is((await there.setup('test')).status, 0);
  t.is((await calls(there)).length, 1);

  const later = new Date(Date.now() + 60_000);
  await utimes(path.join(there.project, 'package-lock.json'), later, later);
  t.is((await there.setup('test')).status, 0);
  t.is((await calls(there)).length, 2, 'a newer package-lock.json installs again');
});

test('what is missing is installed, and nothing else', async (t) => {
  const there = await machine(t, { 'dpkg-query': MISSING_XORRISO });
  t.is((await there.setup('test')).status, 0);
  t.is((await calls(there))[0], 'apt-get -q install -y --no-install-recommends xorriso');
});

test('the demo does without the judges of the tests', async (t) => {
  const there = await machine(t, { 'dpkg-query': MISSING_XORRISO });
  t.is((await there.setup('demo')).status, 0);
  t.deepEqual(await calls(there), ['npm ci --no-audit --no-fund']);
});

test('removed packages whose configuration is left count as missing', async (t) => {
  const configFiles = 'case "$*" in *xorriso) echo config-files ;; *) echo installed ;; esac';
  const there = await machine(t, { 'dpkg-query': configFiles });
  t.is((await there.setup('test')).status, 0);
  t.regex((await calls(there))[0] ?? '', /xorriso$/);
});

test('package lists are fetched anew when an installation fails', async (t) => {
  const failsOnce = 'NOTE; case "$*" in *update*) touch $0.updated ;; *) [ -e $0.updated ] ;; esac';
  const there = await machine(t, { 'dpkg-query': MISSING_XORRISO, 'apt-get': failsOnce });
  t.is((await there.setup('test')).status, 0);
  const apt = (await calls(there)).filter((line) => line.startsWith('apt-get'));
  t.is(apt.length, 3);
  t.is(apt[1], 'apt-get -q update');
});

test('without root, the command to type is told', async (t) => {
  const there = await machine(t, { 'dpkg-query': MISSING_XORRISO, id: 'echo 1000' });
  const { status, stderr } = await there.setup('test');
  t.is(status, 1);
  t.regex(stderr, /^ {2}sudo apt install xorriso$/m);
  t.deepEqual(await calls(there), []);
});

for (const version of ['v20.18.3', 'v18.20.4', 'v9.0.0']) {
  test(`Node.js ${version} is too old`, async (t) => {
    const { status, stderr } = await (await machine(t, { node: `echo ${version}` })).setup('demo');
    t.is(status, 1);
    t.regex(stderr, /too old; 20\.19 or newer is needed.*nodejs/);
  });
}

test('newer Node.js is fine', async (t) => {
  t.is((await (await machine(t, { node: 'echo v100.0.0' })).setup('demo')).status, 0);
});

test('another purpose is refused', async (t) => {
  const { status, stderr } = await (await machine(t)).setup('party');
  t.is(status, 1);
  t.is(stderr, 'usage: setup.sh demo|test|bench');
});
