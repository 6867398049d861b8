import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { interruptible } from '../../src/cli/interrupt.js';
import { SnapdiscError } from '../../src/errors.js';
import { converse } from '../../src/process.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

const program = fileURLToPath(new URL('fixtures/fake-snapdisc.ts', import.meta.url));
const env = {
  program: 'env',
  purpose: 'runs the program under test',
  debianPackage: 'coreutils',
};

/** Starts a build that takes `pace` x 10 ms and waits until it writes. */
async function startBuild(t: ExecutionContext, pace: number) {
  const started = await start(t, pace, ['build', 'rootfs.tar', '--output=live.iso']);
  await present(started.folder, 'live.iso.partial');
  return started;
}

/** Starts the program in a folder with `files`. */
async function start(
  t: ExecutionContext,
  pace: number,
  argv: readonly string[],
  files: Record<string, string> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-interrupt-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const spools = await mkdtemp(join(tmpdir(), 'snapdisc-interrupt-'));
  t.teardown(() => rm(spools, { recursive: true, force: true }));
  const child = converse(env, [
    ...['-C', folder, `FAKE_PACE=${pace}`, `TMPDIR=${spools}`, 'HOME=/nonexistent'],
    ...[process.execPath, `--import=${import.meta.resolve('tsx')}`, program],
    ...argv,
  ]);
  t.teardown(() => {
    child.kill('SIGKILL');
  });
  const said = { text: '' };
  child.stderr?.on('data', (piece: Buffer) => {
    said.text += piece.toString();
  });
  return { child, folder, spools, said };
}

/** Waits until something in `folder` is called so, or begins so. */
async function present(folder: string, start: string): Promise<void> {
  const isThere = (name: string) => name.startsWith(start);
  while (!(await readdir(folder)).some(isThere)) await pause(20);
}

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} removes what was half written and exits with 130`, async (t) => {
    const { child, folder, said } = await startBuild(t, 200);
    child.kill(signal);
    const result = await child;
    t.is(result.exitCode, 130);
    t.deepEqual(await readdir(folder), []);
    t.regex(said.text, /Cleaning up\. Ctrl-C again quits at once\.\nInterrupted\.\n$/);
  });
}

test.serial('work that ends in spite of the signal was interrupted all the same', async (t) => {
  const work = interruptible(fakeTerminal(), async () => {
    process.emit('SIGTERM', 'SIGTERM');
    return 'done';
  });
  await t.throwsAsync(work, { code: 'interrupted.signal' });
  t.is(await interruptible(fakeTerminal(), async () => 'done'), 'done');
});

test.serial(
  'what an interruption leaves behind is told; what only fails because of it is not',
  async (t) => {
    const after = (failure: Error) =>
      interruptible(fakeTerminal(), async () => {
        process.emit('SIGTERM', 'SIGTERM');
        throw failure;
      });
    const hint = '/dev/sdb is not whole.';
    const telling = new SnapdiscError('interrupted.signal', 'Interrupted.', { hint });
    await t.throwsAsync(after(telling), { is: telling });
    const broken = new SnapdiscError('output.failed', 'Broken pipe.');
    await t.throwsAsync(after(broken), { code: 'interrupted.signal', message: 'Interrupted.' });
  },
);

test('a second Ctrl-C does not wait', async (t) => {
  const { child, said } = await startBuild(t, 60_000);
  child.kill('SIGINT');
  while (!said.text.includes('Cleaning up')) await pause(20);
  await pause(400);
  child.kill('SIGINT');
  t.is((await child).exitCode, 130);
});

test('one Ctrl-C that arrives twice still cleans up', async (t) => {
  const { child, folder, said } = await startBuild(t, 500);
  child.kill('SIGINT');
  while (!said.text.includes('Cleaning up')) await pause(5);
  child.kill('SIGINT');
  t.is((await child).exitCode, 130);
  t.deepEqual(await readdir(folder), []);
});

const MATRIX = "output: '{disc}.iso'\nmatrix: {disc: {a: , b: , c: }}\n";

test('of several discs, those that are whole stay', async (t) => {
  const files = { 'snapdisc.yaml': `source: a.tar\n${MATRIX}` };
  const { child, folder } = await start(t, 100, ['build'], files);
  await present(folder, 'b.iso.partial');
  child.kill('SIGINT');
  t.is((await child).exitCode, 130);
  t.deepEqual(await readdir(folder), ['a.iso', 'snapdisc.yaml']);
});

test('what was spooled for several discs is removed while it is still coming', async (t) => {
  const files = { 'snapdisc.yaml': `source: '-'\n${MATRIX}` };
  const { child, folder, spools } = await start(t, 100, ['build'], files);
  child.stdin?.write('the beginning of an archive');
  await present(spools, 'snapdisc-spool-');
  child.kill('SIGINT');
  t.is((await child).exitCode, 130);
  t.deepEqual(await readdir(folder), ['snapdisc.yaml']);
  const left = (await readdir(spools)).filter((name) => name.startsWith('snapdisc-'));
  t.deepEqual(left, []);
});
