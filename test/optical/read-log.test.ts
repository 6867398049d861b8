import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { DriveModel } from '../../src/optical/drive-model.js';
import { formatReadLog, parseReadLog } from '../../src/optical/read-log.js';

test('a log is read back as it was', (t) => {
  const read = fc.record({
    offset: fc.nat(10 ** 12),
    length: fc.integer({ min: 1, max: 2 ** 25 }),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(read, fc.nat(10 ** 7), fc.boolean())), (entries) => {
      const drive = new DriveModel();
      const log = entries.map(([at, milliseconds, failed]) => {
        return { ...drive.read(at), time: milliseconds / 1000, failed };
      });
      const expected = log.map(({ time, offset, length }) => ({ time, offset, length }));
      t.deepEqual(parseReadLog(formatReadLog(log)), { reads: expected, disc: {} });
      const disc = { uuid: '00112233445566778899aabbccddeeff', rootStart: 4096 };
      t.deepEqual(parseReadLog(formatReadLog(log, disc)), { reads: expected, disc });
    }),
  );
});

test('what is no log is refused with the line', (t) => {
  const refused = (text: string, message: RegExp) =>
    t.throws(() => parseReadLog(text), { code: 'usage.read-log', message });
  refused('', /first line/);
  refused('snapdisc-reads 2\n', /first line/);
  refused('snapdisc-reads 1\n\n# a comment\n0.1 2048\n', /line 4 /);
  refused('snapdisc-reads 1\n0.1 -1 2048\n', /line 2 /);
  refused('snapdisc-reads 1\n0.1 99999999999999999 2048\n', /line 2 /);
  t.deepEqual(parseReadLog('snapdisc-reads 1\r\n1 2 3 later columns\r\n').reads, [
    { time: 1, offset: 2, length: 3 },
  ]);
  const refusesOrReads = fc.property(
    fc.string({ unit: fc.constantFrom(...'0129. #\nxe-') }),
    (text) => {
      try {
        return parseReadLog(`snapdisc-reads 1\n${text}`).reads.every(({ length }) => length >= 0);
      } catch (error) {
        return error instanceof SnapdiscError;
      }
    },
  );
  t.notThrows(() => fc.assert(refusesOrReads));
});
