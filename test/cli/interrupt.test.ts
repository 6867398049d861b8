import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { converse } from '../../src/process.js';

const program = fileURLToPath(new URL('fixtures/fake-snapdisc.ts', import.meta.url));
const env = {
  program: 'env',
  purpose: 'runs the program under test',
  debianPackage: 'coreutils',
};

/** Starts a build that takes `pace` x 10 ms and waits until it writes. */
async function startBuild(t: ExecutionContext, pace: number) {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-interrupt-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const child = converse(env, [
    ...['-C', folder, `FAKE_PACE=${pace}`],
    ...[process.execPath, `--import=${import.meta.resolve('tsx')}`, program],
    ...['build', 'rootfs.tar', '--output=live.iso'],
  ]);
  t.teardown(() => {
    child.kill('SIGKILL');
  });
  const said = { text: '' };
  child.stderr?.on('data', (piece: Buffer) => {
    said.text += piece.toString();
  });
  while (!(await readdir(folder)).includes('live.iso.partial')) await pause(20);
  return { child, folder, said };
}

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} removes what was half written and exits with 130`, async (t) => {
    const { child, folder, said } = await startBuild(t, 200);
    child.kill(signal);
    const result = await child;
    t.is(result.exitCode, 130);
    t.deepEqual(await readdir(folder), []);
    t.regex(said.text, /Cleaning up\. Ctrl-C again quits at once\.\nInterrupted\.\n$/);
  });
}

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
