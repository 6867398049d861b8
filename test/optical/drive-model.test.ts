import test from 'ava';
import fc from 'fast-check';
import {
  DriveModel,
  type DriveRead,
  modelReads,
  moveSeconds,
  TRANSFER_RATE,
} from '../../src/optical/drive-model.js';

const KIB = 1024;
const close = (a: number, b: number) => Math.abs(a - b) < 1e-9;

const reads: fc.Arbitrary<DriveRead[]> = fc.array(
  fc.record({
    offset: fc.oneof(fc.nat(900_000_000), fc.nat(2_000_000)),
    length: fc.integer({ min: 1, max: 1_000_000 }),
  }),
  { maxLength: 60 },
);

test('a head move takes 80 ms and up to 120 ms more, over 700 MB and beyond', (t) => {
  t.true(close(moveSeconds(0), 0.08));
  t.true(close(moveSeconds(350_000_000), 0.14));
  t.true(close(moveSeconds(700_000_000), 0.2));
  t.true(close(moveSeconds(4_700_000_000), 0.2));
});

test('each way to a read has its price', (t) => {
  const drive = new DriveModel();
  const read = (offset: number, length: number) => {
    const { approach, seconds } = drive.read({ offset, length });
    return [approach, Number(seconds.toFixed(6))];
  };
  t.deepEqual(read(0, 3_600_000), ['sequential', 1]);
  t.deepEqual(read(3_600_000, 36_000), ['sequential', 0.01]);
  t.deepEqual(read(3_636_000 + 512 * KIB, 36_000), ['skip', 0.145636 + 0.01]);
  const position = 3_636_000 + 512 * KIB + 36_000;
  t.is(drive.position, position);
  t.deepEqual(read(position + 512 * KIB + 1, 1), ['move', 0.08009]);
  // Back to where it was just now: a move, however short.
  t.deepEqual(read(position + 512 * KIB + 1, 1)[0], 'move');
  t.like(drive.totals, { requests: 5, headMoves: 2, shortSkips: 1, bytes: 3_672_002 });
});

test('a slower drive reads slower, and moves its head as before', (t) => {
  const seconds = (speed: number, ...list: DriveRead[]) =>
    Number(modelReads(list, speed).seconds.toFixed(6));
  const first = { offset: 0, length: 1_200_000 };
  t.is(seconds(8, first), 1);
  t.is(seconds(48, first), 0.166667);
  // A gap is read, too.
  t.is(seconds(8, first, { offset: 1_320_000, length: 1_200_000 }), 2.1);
  t.is(seconds(8, { offset: 350_000_000, length: 1_200_000 }), 1.14);
});

test('the totals are the sum of the reads', (t) => {
  fc.assert(
    fc.property(reads, (list) => {
      const drive = new DriveModel();
      const each = list.map((read) => drive.read(read));
      const count = (approach: string) => each.filter((read) => read.approach === approach).length;
      t.is(drive.totals.requests, list.length);
      t.is(drive.totals.headMoves, count('move'));
      t.is(drive.totals.shortSkips, count('skip'));
      t.is(
        drive.totals.bytes,
        list.reduce((sum, { length }) => sum + length, 0),
      );
      t.true(
        close(
          drive.totals.seconds,
          each.reduce((sum, { seconds }) => sum + seconds, 0),
        ),
      );
      t.deepEqual(modelReads(list), drive.totals);
    }),
  );
});

test('nothing is faster than the disc turns, nor slower than a full stroke each time', (t) => {
  fc.assert(
    fc.property(reads, (list) => {
      const { seconds, bytes, requests } = modelReads(list);
      t.true(seconds >= bytes / TRANSFER_RATE - 1e-9);
      t.true(seconds <= bytes / TRANSFER_RATE + requests * 0.2 + 1e-9);
    }),
  );
});

test('a sweep costs no move, in however many pieces it is read', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500_000 }), { minLength: 1 }), (lengths) => {
      let offset = 0;
      const sweep = lengths.map((length) => {
        offset += length;
        return { offset: offset - length, length };
      });
      const { seconds, headMoves, shortSkips } = modelReads(sweep);
      t.deepEqual([headMoves, shortSkips], [0, 0]);
      t.true(close(seconds, offset / TRANSFER_RATE));
    }),
  );
});
