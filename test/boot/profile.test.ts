import test from 'ava';
import { openDiscImage } from '../../src/disc-image.js';
import { mapDisc } from '../../src/profile/disc-map.js';
import { profileFromReads } from '../../src/profile/from-reads.js';
import { recordBoot } from '../../src/profile/record-boot.js';
import { missingParameters } from '../../src/profile/serial-parameters.js';
import { liveIso } from './live-iso.js';

// Such a disc does not tell of the event unless its menu is asked to.
test('a boot is recorded until multi-user.target', async (t) => {
  t.timeout(20 * 60_000);
  const iso = await liveIso('i386');
  const parameters = await missingParameters(iso, 'multi-user');
  t.is(parameters.length, 3, `${parameters}`);
  const machine = { arch: 'i386', memoryMiB: 128, drive: 'ide' } as const;
  const { reads, untilEvent } = await recordBoot(iso, machine, {
    ...{ kind: 'event', event: 'multi-user', parameters },
    ...{ timeoutSeconds: 420, quietSeconds: 5 },
  });
  t.true(untilEvent > 1000, `${untilEvent} reads`);
  const image = await openDiscImage(iso);
  t.teardown(() => image.close());
  const { entries } = profileFromReads(reads, await mapDisc(image.readAt));
  const disc = entries.filter(({ kind }) => kind === 'disc').map(({ path }) => path);
  t.deepEqual([...new Set(disc)].slice(0, 2), ['isolinux/isolinux.bin', 'isolinux/ldlinux.c32']);
  const data = new Set(entries.filter(({ kind }) => kind === 'data').map(({ path }) => path));
  t.true(data.has('usr/lib/systemd/systemd') && data.has('usr/sbin/agetty'));
  // It reads ahead nothing, so that there is nothing else.
  t.false(data.has('usr/bin/perl'));
});
