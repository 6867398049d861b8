import test from 'ava';
import fc from 'fast-check';
import { ProgressReporter } from '../../src/cli/progress.js';
import { finishedLine, progressLine } from '../../src/cli/progress-line.js';
import { MIB } from '../../src/units.js';
import { Recorder } from './fixtures/fake-terminal.js';

const half = { title: 'Writing the disc', total: 400 * MIB, done: 200 * MIB, seconds: 4 };

test('a line has title, bar, percentage, bytes, rate and time left', (t) => {
  t.is(
    progressLine(half, 100),
    'Writing the disc  [##########----------]   50%  200 MiB of 400 MiB  50.0 MiB/s  4 s left',
  );
});

test('what does not fit is left out, the title last of all', (t) => {
  t.is(progressLine(half, 50), 'Writing the disc  [##########----------]   50%');
  t.is(progressLine(half, 20), 'Writing the disc');
  t.is(progressLine(half, 7), 'Writing');
});

test('stages of unknown length show what they did', (t) => {
  const state = { title: 'Reading', total: undefined, done: 3 * MIB, seconds: 1.5 };
  t.is(progressLine(state, 80), 'Reading  3.00 MiB  2.00 MiB/s');
  t.is(progressLine({ ...state, done: 0, seconds: 0 }, 80), 'Reading');
  t.is(finishedLine(state), 'Reading  3.00 MiB  1.5 s  2.00 MiB/s');
});

test('a line never exceeds its room, whatever the figures', (t) => {
  const bytes = fc.oneof(fc.maxSafeNat(), fc.constant(0));
  const state = fc.record({
    title: fc.stringMatching(/^[a-z ]{0,60}$/),
    total: fc.option(bytes, { nil: undefined }),
    done: bytes,
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
  });
  fc.assert(
    fc.property(state, fc.nat(200), (value, columns) => {
      const line = progressLine(value, columns);
      t.true(line.length <= columns);
      t.notRegex(line, /NaN|Infinity|undefined|-\d/);
    }),
  );
});

test('on a terminal a stage is one line, drawn again at most ten times a second', (t) => {
  const output = new Recorder(true);
  let now = 0;
  const reporter = new ProgressReporter({ output, env: {}, now: () => now });
  reporter.stage('Writing', 10 * MIB);
  for (let piece = 0; piece < 1000; piece += 1) {
    now += 1;
    reporter.advance(MIB / 100);
  }
  reporter.done();
  reporter.done();
  const draws = output.text.split('\r\x1b[K');
  t.true(draws.length >= 10 && draws.length <= 14, `${draws.length} draws`);
  t.is(output.text.split('\n').length, 2);
  t.regex(output.text, /ok.* Writing {2}10\.0 MiB {2}1\.0 s/);
});

test('messages go above the line that is being drawn', (t) => {
  const output = new Recorder(true);
  const reporter = new ProgressReporter({ output, env: { NO_COLOR: '1' }, now: () => 0 });
  reporter.stage('Reading');
  reporter.warn('Odd.');
  reporter.stage('Writing');
  reporter.abandon();
  const erase = '\r\x1b[K';
  t.is(
    output.text,
    `${erase}   Reading${erase}Warning: Odd.\n${erase}   Reading${erase}ok Reading  0.0 s\n${erase}   Writing${erase}`,
  );
});

test('elsewhere there are plain lines and no control characters', (t) => {
  for (const output of [new Recorder(false), new Recorder(true)]) {
    const reporter = new ProgressReporter({ output, env: { TERM: 'dumb' }, now: () => 0 });
    reporter.stage('Reading', 5);
    reporter.advance(5);
    reporter.note('A note.');
    reporter.done();
    t.is(output.text, 'A note.\nReading  5 B  0.0 s\n');
  }
});
