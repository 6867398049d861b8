import test from 'ava';
import fc from 'fast-check';
import { DriveModel, type DriveRead } from '../../src/optical/drive-model.js';
import { headPath } from '../../src/optical/head-path.js';
import { headPathPlot } from '../../src/optical/head-plot.js';
import { headPathSvg, ticks } from '../../src/optical/head-svg.js';

function pathOf(reads: readonly DriveRead[], failed = false) {
  const drive = new DriveModel();
  return headPath(reads.map((read) => ({ ...drive.read(read), failed })));
}

const anyReads = fc.array(
  fc.record({ offset: fc.nat(700_000_000), length: fc.integer({ min: 1, max: 500_000 }) }),
  { maxLength: 80 },
);

test('the head goes from read to read without a gap, as long as the model says', (t) => {
  fc.assert(
    fc.property(anyReads, (reads) => {
      const drive = new DriveModel();
      for (const read of reads) drive.read(read);
      const path = pathOf(reads);
      t.true(Math.abs(path.seconds - drive.totals.seconds) < 1e-6);
      t.is(path.strokes.filter(({ kind }) => kind === 'move').length, drive.totals.headMoves);
      path.strokes.forEach(({ from, to }, index) => {
        const before = path.strokes[index - 1]?.to ?? { seconds: 0, position: 0 };
        t.true(Math.abs(from.seconds - before.seconds) < 1e-6);
        t.is(from.position, before.position);
        t.true(to.seconds >= from.seconds - 1e-9);
      });
      t.true(path.strokes.every(({ to }) => to.position <= path.extent));
    }),
  );
});

test('what is read in one go is one line', (t) => {
  const path = pathOf([
    { offset: 0, length: 1000 },
    { offset: 1000, length: 1000 },
    { offset: 100_000, length: 1000 },
  ]);
  t.is(path.strokes.length, 1);
  t.like(path.strokes[0], { kind: 'read', from: { position: 0 }, to: { position: 101_000 } });
});

test('the image is XML with every move, whatever the title', (t) => {
  const path = pathOf([
    { offset: 0, length: 3_600_000 },
    { offset: 350_000_000, length: 3_600_000 },
  ]);
  const svg = headPathSvg(path, 'a < b & "c" \u0000\ud800');
  t.true(svg.includes('<title>a &#60; b &#38; &#34;c&#34; ??</title>'));
  t.is(/class="move" d="([^"]*)"/.exec(svg)?.[1]?.match(/M/g)?.length, 1);
  t.is(/class="read" d="([^"]*)"/.exec(svg)?.[1]?.match(/M/g)?.length, 2);
  t.notRegex(svg, /NaN|Infinity|undefined/);
  t.notRegex(headPathSvg(pathOf([]), ''), /NaN|Infinity|undefined/);
});

test('ticks are round and few', (t) => {
  t.deepEqual(ticks(10), [0, 2, 4, 6, 8, 10]);
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e6, noNaN: true }), (end) => {
      const values = ticks(end);
      t.true(values.length >= 2 && values.length <= 9, `${end}: ${values.join(' ')}`);
      t.true((values.at(-1) ?? 0) <= end * 1.000001);
    }),
  );
});

test('the plot keeps to its size', (t) => {
  fc.assert(
    fc.property(anyReads, fc.integer({ min: 12, max: 200 }), (reads, columns) => {
      const lines = headPathPlot(pathOf(reads), Math.max(columns, 30), 10);
      t.is(lines.length, 11);
      for (const line of lines) t.true(line.length <= Math.max(columns, 30), line);
    }),
  );
});

test('a sweep is a diagonal, a jump is a gap', (t) => {
  const sweep = headPathPlot(pathOf([{ offset: 0, length: 7_200_000 }]), 30, 4);
  const drawn = sweep.map((line) => line.replaceAll('\u2800', ' '));
  t.deepEqual(drawn, [
    '7 MB │                  ⢀⣀⠤⠔⠒⠉',
    '     │            ⢀⣀⠤⠔⠒⠉⠁',
    '     │      ⢀⣀⠤⠔⠒⠉⠁',
    '0 MB │⣀⣀⠤⠔⠒⠉⠁',
    '     └0 ─────────── 2.0 s busy',
  ]);
  const jump = headPathPlot(
    pathOf([
      { offset: 0, length: 36_000 },
      { offset: 700_000_000, length: 36_000 },
    ]),
    30,
    4,
  );
  t.regex(jump[0] ?? '', /^700 MB │\u2800{20}[⠁-⣿]{1,2}$/);
  t.regex(jump[3] ?? '', /^ {2}0 MB │[⠁-⣿]{1,2}$/);
});
