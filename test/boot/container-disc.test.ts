import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run, shellCommand } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { busyboxInitTar } from '../fixtures/busybox-init.js';
import { PROGRAM, verifyByProgram } from './verify-program.js';

/**
 * `snapdisc verify` from beginning to end, of discs that come through a pipe as `docker export` gives a container. With
 * busybox as init they are up in seconds.
 */

const tool = (name: string) => ({
  program: name,
  purpose: 'sets tests up',
  debianPackage: 'coreutils',
});

/** A disc of an exported container, for a machine with 64 MiB. */
async function containerDisc(t: ExecutionContext, flags: readonly string[] = []): Promise<string> {
  const folder = await temporaryDirectory(t);
  const marks = join(folder, 'marks');
  await mkdir(marks);
  await writeFile(join(marks, '.dockerenv'), '');
  const iso = join(folder, 'live.iso');
  const target = ['--target-arch=i386', '--target-memory=64M'];
  const build = [process.execPath, PROGRAM, 'build', '-', '-o', iso, ...target, ...flags];
  // One more entry before the first one: the header of an empty file.
  const mark = shellCommand(['tar', '-C', marks, '-cf', '-', '.dockerenv']);
  const archive = shellCommand(['cat', await busyboxInitTar()]);
  const input = `{ ${mark} | head -c 512; ${archive}; }`;
  await run(tool('sh'), ['-c', `${input} | ${shellCommand(build)}`]);
  return iso;
}

const CHECKS = ['ISO 9660', 'El Torito', 'MBR', 'Checksums', 'ext2', 'Hot copy', 'e2fsck'];

test.serial('a good disc, and the least memory it boots in', async (t) => {
  t.timeout(30 * 60_000);
  const iso = await containerDisc(t);
  const { exitCode, told } = await verifyByProgram(iso, '--min-ram');
  t.is(exitCode, 0, JSON.stringify(told));
  t.like(told, { disc: iso, good: true, bootFailure: null, error: undefined });
  t.deepEqual(
    told.checks.map(({ name, verdict }) => [name, verdict]),
    CHECKS.map((name) => [name, 'passed']),
  );
  const { boot, leastMemoryMiB } = told;
  t.like(boot, { memoryMiB: 64, multiUser: null, writable: true, killed: 0 });
  t.is(boot?.root, '/dev/mapper/live-root ext2');
  t.true((boot?.seconds ?? 0) > 1);
  t.true((boot?.drive.bytes ?? 0) > 5e6 && (boot?.drive.headMoves ?? 0) > 0);
  t.true((boot?.drive.seconds ?? 0) > 1, 'what a real drive would have taken');
  // The kernel alone takes more than 28 MiB while it unpacks.
  t.true(leastMemoryMiB !== null && leastMemoryMiB > 28 && leastMemoryMiB < 64);

  const small = await verifyByProgram(iso, '--memory=16', '--timeout=60');
  t.is(small.exitCode, 7);
  t.like(small.told, { good: false, boot: null, leastMemoryMiB: null });
  t.regex(small.told.bootFailure ?? '', /\S/);
  t.like(small.told.error, { code: 'vm.verify', exitCode: 7 });
  t.true(small.told.checks.every(({ verdict }) => verdict === 'passed'));
});

test.serial('a root that cannot be written', async (t) => {
  t.timeout(30 * 60_000);
  const hook = join(await temporaryDirectory(t), 'read-only');
  await writeFile(hook, '#!/bin/sh\nmount -o remount,ro /root\n', { mode: 0o755 });
  const { exitCode, told } = await verifyByProgram(await containerDisc(t, ['--initrd-hook', hook]));
  t.is(exitCode, 7, JSON.stringify(told));
  t.like(told, { good: false, bootFailure: null, error: { code: 'vm.verify' } });
  t.like(told.boot, { writable: false, killed: 0 });
});
