import test from 'ava';
import fc from 'fast-check';
import {
  getRecordingDate,
  getVolumeDate,
  putRecordingDate,
  putVolumeDate,
} from '../../src/iso9660/dates.js';

const recorded = (seconds: number) => {
  const bytes = Buffer.alloc(7);
  putRecordingDate(bytes, 0, { seconds });
  return getRecordingDate(bytes, 0)?.seconds;
};

test('recording dates keep every second from 1900 to 2155', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -2_208_988_800, max: 5_869_583_999 }), (seconds) => {
      t.is(recorded(seconds), seconds);
    }),
  );
});

test('recording dates outside 1900 to 2155 become the nearest one inside', (t) => {
  t.is(recorded(-1e12), -2_208_988_800);
  t.is(recorded(1e12), 5_869_583_999);
});

test('fractions of a second are cut off, before 1970 too', (t) => {
  t.is(recorded(1.9), 1);
  t.is(recorded(-1.1), -2);
});

test('the bytes of a recording date', (t) => {
  const bytes = Buffer.alloc(7, 0xff);
  putRecordingDate(bytes, 0, { seconds: Date.UTC(2024, 1, 29, 13, 14, 15) / 1000 });
  t.deepEqual([...bytes], [124, 2, 29, 13, 14, 15, 0]);
});

test('a recording date east of Greenwich', (t) => {
  const seconds = Date.UTC(2024, 1, 29, 12, 14, 15) / 1000;
  t.is(getRecordingDate(Buffer.from([124, 2, 29, 13, 14, 15, 4]), 0)?.seconds, seconds);
});

test('bytes that are no date', (t) => {
  t.is(getRecordingDate(Buffer.alloc(7), 0), undefined);
  t.is(getRecordingDate(Buffer.from([124, 13, 1, 0, 0, 0, 0]), 0), undefined);
  t.is(getRecordingDate(Buffer.from([124, 1, 1, 24, 0, 0, 0]), 0), undefined);
  t.is(getRecordingDate(Buffer.from([124, 1, 1, 0, 0, 0, 127]), 0), undefined);
  t.is(getVolumeDate(Buffer.alloc(17, 'x'), 0), undefined);
});

test('volume dates keep hundredths, in the years 1 to 9999', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
      fc.integer({ min: 0, max: 99 }),
      (seconds, hundredths) => {
        const bytes = Buffer.alloc(17);
        const time = { seconds, nanoseconds: hundredths * 10_000_000 };
        putVolumeDate(bytes, 0, time);
        t.deepEqual(getVolumeDate(bytes, 0), time);
      },
    ),
  );
});

test('a volume date that is not specified', (t) => {
  const bytes = Buffer.alloc(17, 0xff);
  putVolumeDate(bytes, 0, undefined);
  t.deepEqual(bytes, Buffer.from(`${'0'.repeat(16)}\0`));
  t.is(getVolumeDate(bytes, 0), undefined);
});

test('readers take any bytes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 17, maxLength: 17 }), (random) => {
      const bytes = Buffer.from(random);
      t.true(Number.isFinite(getRecordingDate(bytes, 0)?.seconds ?? 0));
      t.true(Number.isFinite(getVolumeDate(bytes, 0)?.seconds ?? 0));
    }),
  );
});
