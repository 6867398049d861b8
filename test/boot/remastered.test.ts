import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { checkMedium, checkRoot, checkShutdown, checkWrite } from './facts.js';
import { liveIso } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';

const XORRISO = { program: 'xorriso', purpose: 'masters a disc anew', debianPackage: 'xorriso' };
const CELL: Cell = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'ide',
  // Asked for, but not possible on this disc.
  origin: 'direct',
  cow: 'zram',
  parameters: 'live.cow_type=N',
  memoryMiB: 64,
};

/** 2 KiB block at which the root image lies. */
async function rootBlock(iso: string): Promise<string> {
  const find = ['-find', '/live/root.img', '-exec', 'report_lba'];
  const report = await run(XORRISO, ['-indev', iso, ...find]);
  return /File data lba:\s*\d+\s*,\s*(\d+)/.exec(report.toString())?.[1] ?? '';
}

/** The same files, mastered by another program with one more in front: all lie elsewhere. */
async function masterAnew(t: ExecutionContext, iso: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'more'), Buffer.alloc(5_000_000, 'x'));
  const remastered = join(folder, 'remastered.iso');
  await run(XORRISO, [
    ...['-indev', iso, '-outdev', remastered, '-boot_image', 'any', 'replay'],
    ...['-map', join(folder, 'more'), '/a-file-in-front'],
  ]);
  return remastered;
}

test.serial(
  'a disc whose root image has moved boots through a loop device, with type N as well',
  async (t) => {
    const original = await liveIso('i386');
    const remastered = await masterAnew(t, original);
    t.not(await rootBlock(remastered), await rootBlock(original));
    const live = await bootLive(t, CELL, remastered);
    t.true(live.machine.console.transcript.includes('the root image is not at its sector'));
    t.regex(await live.shell.output('cat /sys/block/loop*/loop/backing_file'), /root\.img/);
    t.regex(await live.shell.output('dmsetup table live-root'), /^0 \d+ snapshot \S+ \S+ N 8/);
    await checkRoot(t, live.shell);
    await checkWrite(t, live.shell);
    await checkMedium(t, live.shell);
    await checkShutdown(t, live);
  },
);
