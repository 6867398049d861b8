import test from 'ava';
import fc from 'fast-check';
import { type PowerCut, powerCuts } from '../boot/persistence/power-cut.js';
import type { DriveEvent } from '../boot/persistence/write-log.js';

/** Eight sectors, each written with its number, a flush after the fourth. */
const EVENTS: readonly DriveEvent[] = Array.from({ length: 9 }, (_, index) =>
  index === 4
    ? { kind: 'flush' }
    : { kind: 'write', at: index * 512, data: Buffer.alloc(512, index + 1) },
);
const BLANK = Buffer.alloc(9 * 512);

const sectors = ({ drive }: PowerCut) =>
  Array.from({ length: 9 }, (_, index) => drive[index * 512] !== 0);

test('a cut keeps what was flushed, and nothing that was not yet asked for', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
      for (const cut of powerCuts(BLANK, EVENTS, 20, seed)) {
        const there = sectors(cut);
        t.false(there.some((is, index) => is && index > cut.at));
        if (cut.at > 4) t.deepEqual(there.slice(0, 5), [true, true, true, true, false]);
      }
    }),
  );
  t.true(BLANK.every((byte) => byte === 0));
});

test('cuts lose what was not flushed: all, some or nothing of it', (t) => {
  const lost = new Set<number>();
  for (const cut of powerCuts(BLANK, EVENTS, 400, 7)) {
    if (cut.at === 8)
      lost.add(
        sectors(cut)
          .slice(5)
          .filter((is) => !is).length,
      );
  }
  t.deepEqual([...lost].sort(), [0, 1, 2, 3, 4]);
});

test('half of the cuts tear writes, at sectors', (t) => {
  const data = Buffer.alloc(8 * 512, 1);
  const torn = [...powerCuts(Buffer.alloc(8 * 512), [{ kind: 'write', at: 0, data }], 200, 9)]
    .map((cut) => Array.from({ length: 8 }, (_, index) => cut.drive[index * 512] ?? 0))
    .map((there) => there.reduce((sum, each) => sum + each));
  const partly = torn.filter((count) => count > 0 && count < 8).length;
  t.true(partly > 40 && partly < 140, `${partly}`);
});

test('a seed repeats its cuts', (t) => {
  t.deepEqual([...powerCuts(BLANK, EVENTS, 9, 5)], [...powerCuts(BLANK, EVENTS, 9, 5)]);
});
