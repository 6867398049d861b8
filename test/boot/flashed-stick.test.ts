import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { silentReporter } from '../../src/build/report.js';
import { openDiscImage } from '../../src/disc-image.js';
import { readDiscForStore } from '../../src/media/flash/disc-for-store.js';
import { storeArea, storePieces } from '../../src/media/flash/store-layout.js';
import { writeTargets } from '../../src/media/flash/write-targets.js';
import { MIB } from '../../src/units.js';
import { liveIso } from './live-iso.js';
import { bootLive, type LiveMachine } from './live-machine.js';

const CELL = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'usb',
  origin: 'direct',
  memoryMiB: 160,
} as const;
const STORE_MIB = 64;

/** What `snapdisc flash --persist` writes, in a file that plays a stick. */
async function flashFile(t: ExecutionContext, iso: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'stick');
  const { size } = await stat(iso);
  const driveSize = size + (STORE_MIB + 4) * MIB;
  await writeFile(path, '');
  await truncate(path, driveSize);
  const area = storeArea(size, driveSize);
  if (area === undefined) throw new Error('there is no room');
  const { mbr, uuid } = await readDiscForStore(iso);
  const further = storePieces(mbr, { area, driveSize, uuid, created: new Date() });
  const disc = await openDiscImage(iso);
  const context = { reporter: silentReporter, signal: undefined };
  const [target] = await writeTargets([{ path, further }], { ...disc, size }, true, context);
  await disc.close();
  if (target?.failure !== undefined) throw target.failure;
  return path;
}

async function switchOff(t: ExecutionContext, { machine, shell }: LiveMachine): Promise<void> {
  await shell.leave('systemctl poweroff');
  await t.notThrowsAsync(machine.waitForExit(180));
}

test('a stick from flash --persist keeps a file, with no parameter and no question', async (t) => {
  t.timeout(20 * 60_000);
  const iso = await liveIso(CELL.arch);
  const disc = await readFile(iso);
  const first = await bootLive(t, CELL, await flashFile(t, iso));
  t.regex(first.machine.console.transcript, /the store is on \/dev\/sda2, made 20/);
  t.regex(await first.shell.output('dmsetup table live-root'), / PO 8/);
  t.regex(await first.shell.output('live-status'), /\/dev\/sda2/);
  await first.shell.output('echo kept >/root/kept');
  await switchOff(t, first);

  // The same stick: bootLive copies it.
  const second = await bootLive(t, CELL, first.iso);
  t.is(await second.shell.output('cat /root/kept'), 'kept');
  t.regex(await second.shell.output('/run/live/bin/live-persist info'), /and last: \d+ of 6\d MiB/);
  await switchOff(t, second);
  const stick = await readFile(second.iso);
  t.true(stick.subarray(512, disc.length).equals(disc.subarray(512)), 'the disc is unchanged');
});
