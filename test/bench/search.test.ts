import test from 'ava';
import fc from 'fast-check';
import { leastThatWorks } from '../../bench/search.js';

const RANGE = { start: 64, step: 4, lowest: 32, highest: 128 };

/** Finds the least of what `attempt` accepts, and tells what was tried. */
async function search(attempt: (size: number, tried: readonly number[]) => boolean) {
  const tried: number[] = [];
  const least = await leastThatWorks({
    ...RANGE,
    attempt: async (size) => {
      tried.push(size);
      return attempt(size, tried);
    },
  });
  return { least, tried };
}

test('goes down, sees a size fail twice, and the least one work twice', async (t) => {
  const { least, tried } = await search((size) => size >= 48);
  t.is(least, 48);
  t.deepEqual(tried, [64, 60, 56, 52, 48, 44, 44, 48]);
});

test('goes up where the first size does not work, and not back to it', async (t) => {
  const { least, tried } = await search((size) => size >= 72);
  t.is(least, 72);
  t.deepEqual(tried, [64, 64, 68, 68, 72, 72]);
});

test('gives up at the highest size, and at the lowest', async (t) => {
  t.is((await search(() => false)).least, undefined);
  const { least, tried } = await search(() => true);
  t.is(least, 32);
  t.is(Math.min(...tried), 32);
});

test('a single failure does not end the search', async (t) => {
  const { least } = await search(
    (size, tried) => size >= 48 && !(size === 56 && tried.filter((s) => s === 56).length === 1),
  );
  t.is(least, 48);
});

test('what worked only once is not the least', async (t) => {
  const { least } = await search(
    (size, tried) => size > 48 || (size === 48 && tried.filter((s) => s === 48).length === 1),
  );
  t.is(least, 52);
});

test('any threshold is found', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 33, max: 128 }), async (threshold) => {
      const { least } = await search((size) => size >= threshold);
      t.is(least, Math.ceil(threshold / 4) * 4);
    }),
  );
});
