import test from 'ava';
import { isGoodBoot, verifyBoot } from '../../src/verify/boot.js';
import { liveIso } from './live-iso.js';

// The disc talks on the serial port by itself, too, which must do no harm.
test('verify boots a disc by its menu and finds it good', async (t) => {
  t.timeout(20 * 60_000);
  const { signal } = new AbortController();
  const machine = { arch: 'i386', memoryMiB: 128, drive: 'ide' } as const;
  const report = await verifyBoot(await liveIso('i386'), {
    ...machine,
    timeoutSeconds: 420,
    signal,
  });
  t.like(report, { memoryMiB: 128, multiUser: true, writable: true, killed: 0 });
  t.is(report.root, '/dev/mapper/live-root ext2');
  t.true(isGoodBoot(report));
  t.true(report.drive.bytes > 5e6 && report.drive.headMoves > 0, 'the drive counted');
  t.false(isGoodBoot({ ...report, writable: false }));
});
