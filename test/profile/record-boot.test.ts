import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openDiscImage } from '../../src/disc-image.js';
import { mapDisc } from '../../src/profile/disc-map.js';
import { profileFromReads } from '../../src/profile/from-reads.js';
import { recordBoot } from '../../src/profile/record-boot.js';
import { bootSectorIso } from '../fixtures/boot-sector.js';

const MACHINE = { arch: 'i386', memoryMiB: 16, drive: 'ide' } as const;

async function disc(t: ExecutionContext, greeting: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-record-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return bootSectorIso(folder, greeting);
}

test.serial('what the firmware reads until the login prompt is in the profile', async (t) => {
  const iso = await disc(t, 'test login: ');
  const start = performance.now();
  const end = { kind: 'login', timeoutSeconds: 60, quietSeconds: 2 } as const;
  const { reads, untilLogin } = await recordBoot(iso, MACHINE, end);
  t.true(performance.now() - start >= 2000);
  // Nothing is read after the prompt of a boot sector.
  t.is(untilLogin, reads.length);
  // The volume descriptors, the boot catalog, the boot image.
  t.true(reads.length >= 3);
  t.is(reads[0]?.offset, 17 * 2048);
  const image = await openDiscImage(iso);
  t.teardown(() => image.close());
  const { entries } = profileFromReads(reads, await mapDisc(image.readAt));
  t.like(entries[0], { kind: 'disc', path: 'sector.bin', first: 0, count: 1 });
});

test.serial('a recording of some seconds needs no prompt', async (t) => {
  const iso = await disc(t, 'nobody can log in here');
  const start = performance.now();
  const { reads, untilLogin } = await recordBoot(iso, MACHINE, { kind: 'seconds', seconds: 4 });
  t.is(untilLogin, reads.length);
  t.true(performance.now() - start >= 4000);
  t.true(reads.length >= 3);
});

test.serial('no prompt in time is an error, and so is a machine that is gone', async (t) => {
  const iso = await disc(t, 'nobody can log in here');
  const late = recordBoot(iso, MACHINE, {
    ...{ kind: 'login', timeoutSeconds: 1, quietSeconds: 1 },
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
