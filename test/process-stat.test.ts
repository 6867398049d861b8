import { readFileSync } from 'node:fs';
import test from 'ava';
import { isInBackground, processorSeconds } from '../src/process-stat.js';

/** A name as awkward as they come, and what stands in front of the terminal's group and of the times. */
const stat = (group: number, terminal: number, foreground: number) =>
  `42 (a) b (c) S 1 ${group} 7 ${terminal} ${foreground} 4194304 5 0 0 0 123 45 6 7 20 0 1`;

test('a process is in the background when another group has its terminal', (t) => {
  t.false(isInBackground(stat(42, 34816, 42)));
  t.true(isInBackground(stat(42, 34816, 7)));
  t.false(isInBackground(stat(42, 0, -1)), 'without a terminal there is none to share');
});

test('the time of processors is that of programs and of the kernel', (t) => {
  t.is(processorSeconds(stat(42, 0, -1)), 1.68);
});

test('it is what the kernel says of a process elsewhere, too', (t) => {
  // Other threads work between two looks: the one lies between two of the other, to a tick of the clock.
  const elsewhere = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const before = elsewhere();
  const own = processorSeconds(readFileSync('/proc/self/stat', 'latin1'));
  const after = elsewhere();
  t.true(own > before - 0.03 && own < after + 0.03, `${before} ${own} ${after}`);
});
