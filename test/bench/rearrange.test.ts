import test from 'ava';
import fc from 'fast-check';
import { otherPlaces, rearranged } from '../../bench/rearrange.js';

const KIB = 1024;
const DISC = {
  size: 4000 * KIB,
  root: { start: 200 * KIB, end: 3000 * KIB },
  copy: { start: 3000 * KIB, end: 3100 * KIB },
  hotBytes: 400 * KIB,
};

test('the order as built is the disc as it is', (t) => {
  const [built] = otherPlaces(DISC);
  const reads = [
    { offset: 0, length: 10 },
    { offset: 3050 * KIB, length: 2048 },
  ];
  t.deepEqual([...rearranged(reads, built?.parts ?? [])], reads);
});

test('a read over a border becomes two, at the new places', (t) => {
  const parts = [
    { start: 100, end: 300 },
    { start: 0, end: 100 },
  ];
  t.deepEqual(
    [...rearranged([{ offset: 90, length: 20 }], parts)],
    [
      { offset: 290, length: 10 },
      { offset: 0, length: 10 },
    ],
  );
});

test('in every order each byte has one place', (t) => {
  const read = fc.record({
    offset: fc.nat(DISC.size - 1),
    length: fc.integer({ min: 1, max: KIB }),
  });
  for (const { parts } of otherPlaces(DISC)) {
    const whole = [...rearranged([{ offset: 0, length: DISC.size }], parts)];
    t.is(
      whole.reduce((sum, { length }) => sum + length, 0),
      DISC.size,
    );
    const places = whole.map(({ offset, length }) => [offset, offset + length]);
    const sorted = places.sort(([a = 0], [b = 0]) => a - b);
    t.true(sorted.every(([start], index) => start === (sorted[index - 1]?.[1] ?? 0)));
    fc.assert(
      fc.property(read, ({ offset, length }) => {
        const inside = Math.min(length, DISC.size - offset);
        const moved = [...rearranged([{ offset, length: inside }], parts)];
        return moved.reduce((sum, each) => sum + each.length, 0) === inside;
      }),
    );
  }
});
