import test from 'ava';
import { DUELS, type Duel, type Runs, speedFigures } from '../../bench/build-speed.js';
import type { Usage } from '../../bench/measure.js';
import { isMet } from '../../bench/table.js';

const usage = (seconds: number): Usage => ({ seconds, cpuSeconds: seconds / 2, peakBytes: 1 });
const runs = (ours: number[], theirs: number[]): Runs => [ours.map(usage), theirs.map(usage)];

test('ratios of the rounds, their median against the target, and the times of each', (t) => {
  const duel = (ours: string, theirs: string) =>
    DUELS.find(({ pair }) => pair[0] === ours && pair[1] === theirs);
  const [plain, checked, usual] = [
    duel('plain', 'copy'),
    duel('checked', 'copy'),
    duel('checked', 'usual'),
  ];
  if (!plain || !checked || !usual) return t.fail();
  const results = new Map<Duel, Runs>([
    // The second round ran on a machine that was busy with something else.
    [plain, runs([2, 30, 2], [1, 10, 1])],
    [checked, runs([4, 4, 4], [1, 1, 1])],
    [usual, runs([4, 4, 4], [9, 9, 9])],
  ]);
  const figures = speedFigures(results);
  const shares = figures.filter(({ unit }) => unit === 'ratio');
  t.deepEqual(
    shares.map((figure) => [figure.value, isMet(figure)]),
    [
      [2, 'yes'],
      [4, 'no'],
      [4 / 9, 'yes'],
    ],
  );
  t.is(shares[0]?.remark, '2.00 to 3.00 in 3 runs');
  const times = figures.filter(({ unit }) => unit === 's');
  t.deepEqual(
    times.map(({ metric, value }) => [metric, value]),
    [
      ['Build without checksums, time', 2],
      ['Copy of the ISO and fsync, time', 1],
      ['Build, time', 4],
      ['The usual way (2), time', 9],
    ],
  );
  t.is(times[2]?.remark, '4.00 s to 4.00 s in 6 runs; 2.00 s of processor time');
});
