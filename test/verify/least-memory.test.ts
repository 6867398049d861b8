import test from 'ava';
import fc from 'fast-check';
import { leastMemory } from '../../src/verify/least-memory.js';

test('the least size that works is found in few attempts', async (t) => {
  const sizes = fc.record({ least: fc.integer({ min: 1, max: 600 }), steps: fc.nat(120) });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ least, steps }) => {
      const [lowest, step] = [16, 4];
      const highest = Math.max(lowest, least) + steps * step;
      let attempts = 0;
      const found = await leastMemory({
        ...{ lowest, highest, step },
        attempt: async (size) => {
          attempts++;
          return size >= least;
        },
      });
      const places = Math.ceil((highest - lowest) / step) + 1;
      t.true(found >= least && found <= highest);
      t.true(found === lowest || found - step < least, `${found} for ${least}`);
      t.true(attempts <= 2 + Math.ceil(Math.log2(places)), `${attempts} for ${places}`);
    }),
  );
});

test('a size that worked by chance is not believed', async (t) => {
  const tried: number[] = [];
  const found = await leastMemory({
    ...{ lowest: 16, highest: 64, step: 4 },
    attempt: async (size) => {
      tried.push(size);
      const isLucky = size === 28 && tried.filter((each) => each === 28).length === 1;
      return size >= 32 || isLucky;
    },
  });
  t.is(found, 32);
});
