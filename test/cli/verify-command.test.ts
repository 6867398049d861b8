import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { verificationLines } from '../../src/cli/verify-text.js';
import type { Verification } from '../../src/verify/verify.js';
import { liveDisc } from '../verify/live-disc.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

async function snapdisc(...argv: readonly string[]) {
  const terminal = fakeTerminal();
  const exitCode = await main(argv, { terminal, services: fakeServices() });
  return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

async function onDisk(t: ExecutionContext, bytes: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-verify-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'live.iso');
  await writeFile(path, bytes);
  return path;
}

test('a whole disc is good, and the exit code says so', async (t) => {
  const iso = await onDisk(t, (await liveDisc(t)).bytes);
  const { exitCode, stdout } = await snapdisc('verify', iso, '--no-boot');
  t.is(exitCode, 0);
  t.regex(stdout, /^passed {2}ISO 9660 {3}"TEST"/);
  t.regex(stdout, /is good\.\n$/);
});

test('a damaged disc is one document with all checks and the error', async (t) => {
  const { bytes, at } = await liveDisc(t);
  bytes[at.rootImage + 9000] = (bytes[at.rootImage + 9000] ?? 0) ^ 1;
  const iso = await onDisk(t, bytes);
  const { exitCode, stdout } = await snapdisc('verify', iso, '--no-boot', '--json');
  t.is(exitCode, 8);
  const told = JSON.parse(stdout) as Verification & { error: { code: string } };
  t.is(told.error.code, 'image.verify');
  t.false(told.good);
  t.is(told.checks.find(({ name }) => name === 'Checksums')?.verdict, 'failed');
  const plain = await snapdisc('verify', iso);
  t.is(plain.exitCode, 8, 'a damaged disc is not booted');
  t.regex(plain.stderr, /damaged, or no live CD: Checksums\./);
});

test('flags that make no sense are refused before anything is read', async (t) => {
  t.is((await snapdisc('verify', '/nowhere', '--timeout=soon')).exitCode, 2);
  t.is((await snapdisc('verify', '/nowhere', '--memory=much')).exitCode, 2);
  const noBoot = await snapdisc('verify', '/nowhere', '--no-boot', '--min-ram');
  t.is(noBoot.exitCode, 2);
  t.regex(noBoot.stderr, /--no-boot boots nothing/);
  t.is((await snapdisc('verify', '/nowhere')).exitCode, 8);
});

test('a boot is told in words', (t) => {
  const drive = { requests: 5811, bytes: 40.9e6, headMoves: 553, shortSkips: 240, seconds: 68.9 };
  const boot = { memoryMiB: 128, seconds: 42, drive, multiUser: true, writable: true, killed: 0 };
  const verification = {
    ...{ disc: 'live.iso', good: true, checks: [], bootFailure: null, leastMemoryMiB: 44 },
    boot: { ...boot, root: '/dev/mapper/live-root ext2' },
  };
  t.deepEqual(verificationLines(verification), [
    'passed  Boot          multi-user, a shell after 42 s in 128 MiB',
    'passed  Writing       / is /dev/mapper/live-root ext2',
    'passed  Least memory  44 MiB',
    'The drive: 5,811 requests, 40.9 MB, 553 head moves, 240 short skips, 68.9 modelled seconds.',
    'live.iso is good.',
  ]);
});
