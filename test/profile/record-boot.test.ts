import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openDiscImage } from '../../src/disc-image.js';
import { mapDisc } from '../../src/profile/disc-map.js';
import { profileFromReads } from '../../src/profile/from-reads.js';
import { BOOT_EVENTS, type BootEvent, recordBoot } from '../../src/profile/record-boot.js';
import { bootSectorIso } from '../fixtures/boot-sector.js';

const MACHINE = { arch: 'i386', memoryMiB: 16, drive: 'ide' } as const;

const endAt = (event: BootEvent, quietSeconds: number) =>
  ({ kind: 'event', event, parameters: [], timeoutSeconds: 60, quietSeconds }) as const;

async function disc(t: ExecutionContext, greeting: string, computes = false): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-record-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return bootSectorIso(folder, greeting, computes);
}

test.serial('what the firmware reads until the login prompt is in the profile', async (t) => {
  const iso = await disc(t, 'test login: ');
  const start = performance.now();
  const end = endAt('login', 2);
  const { reads, untilEvent } = await recordBoot(iso, MACHINE, end);
  t.true(performance.now() - start >= 2000);
  // Nothing is read after the prompt of a boot sector.
  t.is(untilEvent, reads.length);
  // The volume descriptors, the boot catalog, the boot image.
  t.true(reads.length >= 3);
  t.is(reads[0]?.offset, 17 * 2048);
  const image = await openDiscImage(iso);
  t.teardown(() => image.close());
  const { entries } = profileFromReads(reads, await mapDisc(image.readAt));
  t.like(entries[0], { kind: 'disc', path: 'sector.bin', first: 0, count: 1 });
});

test.serial('a machine that still computes may read more', async (t) => {
  const end = endAt('login', 9);
  const controller = new AbortController();
  const { signal } = controller;
  const beside = async (_: unknown, wait: () => Promise<void>) => {
    setTimeout(() => controller.abort(), 13_000);
    await wait();
    // It was the end of the machine that has ended it.
    t.true(signal.aborted);
  };
  const iso = await disc(t, 'test login: ', true);
  const { reads } = await recordBoot(iso, { ...MACHINE, signal }, end, beside);
  t.true(reads.length >= 3);
});

test.serial('the multi-user event is what systemd says of it, and no login prompt', async (t) => {
  const end = endAt('multi-user', 1);
  const said = 'Reached target \x1b[0;1;39mmulti-user.target\x1b[0m - Multi-User System.';
  const { reads } = await recordBoot(await disc(t, said), MACHINE, end);
  t.true(reads.length >= 3);
  const prompt = recordBoot(await disc(t, 'test login: '), MACHINE, { ...end, timeoutSeconds: 2 });
  await t.throwsAsync(prompt, { code: 'vm.timeout' });
});

test('what versions of systemd say of the event, and what it is not', (t) => {
  const { said } = BOOT_EVENTS['multi-user'];
  for (const text of [
    '[  OK  ] Reached target multi-user.target - Multi-User System.',
    '[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mMulti-User System\x1b[0m.',
    'systemd[1]: Reached target Multi-User System.',
  ]) {
    t.regex(text, said);
  }
  t.notRegex('[  OK  ] Reached target getty.target - Login Prompts.', said);
  t.notRegex('Starting multi-user.target', said);
});

test.serial('a recording of some seconds needs no prompt', async (t) => {
  const iso = await disc(t, 'nobody can log in here');
  const start = performance.now();
  const { reads, untilEvent } = await recordBoot(iso, MACHINE, { kind: 'seconds', seconds: 4 });
  t.is(untilEvent, reads.length);
  t.true(performance.now() - start >= 4000);
  t.true(reads.length >= 3);
});

test.serial('no prompt in time is an error, and so is a machine that is gone', async (t) => {
  const iso = await disc(t, 'nobody can log in here');
  const late = recordBoot(iso, MACHINE, {
    ...endAt('login', 1),
    timeoutSeconds: 1,
  });
  await t.throwsAsync(late, { code: 'vm.timeout' });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 500);
  const machine = { ...MACHINE, signal: controller.signal };
  const start = performance.now();
  const gone = recordBoot(iso, machine, { kind: 'seconds', seconds: 60 });
  await t.throwsAsync(gone, { code: 'vm.ended' });
  t.true(performance.now() - start < 30_000);
});

test('a disc that is not there is told at once', async (t) => {
  const missing = recordBoot('/nonexistent.iso', MACHINE, { kind: 'seconds', seconds: 1 });
  await t.throwsAsync(missing, { code: 'image.missing' });
});
