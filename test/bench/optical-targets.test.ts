import test from 'ava';
import { type DriveRow, targetCell } from '../../bench/optical-targets.js';

const row = (name: string, seconds: number, more: Partial<DriveRow> = {}): DriveRow => ({
  ...{ system: 'i386', name, memoryMiB: 128, headMoves: 10, seconds },
  ...more,
});

test('limits hold for seconds and moves', (t) => {
  const limits = { kind: 'limits', seconds: 11, headMoves: 20 } as const;
  const cell = (seconds: number, headMoves: number) =>
    targetCell(row('ours', seconds, { headMoves }), limits, []);
  t.is(cell(11, 20), '11 s, 20 moves: yes');
  t.is(cell(11.04, 20), '11 s, 20 moves: no', 'by the measured value, not the rounded one');
  t.is(cell(9, 21), '11 s, 20 moves: no');
  t.is(targetCell(row('ours', 9), undefined, []), '');
});

test('others of the same system have to be slower, all of them', (t) => {
  const faster = { kind: 'faster', than: ['one', 'two'], inWords: 'both' } as const;
  const ours = row('ours', 20);
  const cell = (...others: DriveRow[]) => targetCell(ours, faster, [ours, ...others]);
  const elsewhere = { system: 'amd64' };
  t.is(cell(row('one', 21), row('two', 30, { memoryMiB: 256 })), 'fewer s than both: yes');
  t.regex(cell(row('one', 21), row('two', 20)), /: no$/);
  t.regex(cell(row('one', 21)), /: not compared$/);
  t.regex(cell(row('one', 21), row('two', 30, elsewhere)), /: not compared$/);
  t.regex(cell(row('one', 21), row('two', 30), row('two', 5, elsewhere)), /: yes$/);
});

test('a share of a gain', (t) => {
  const gain = { kind: 'gain', share: 0.8, from: 'names', to: 'profiled' } as const;
  const cell = (seconds: number, ...others: DriveRow[]) =>
    targetCell(row('old', seconds), gain, others);
  const both = [row('names', 60), row('profiled', 10)];
  t.is(cell(20, ...both), '80 % of the gain: yes');
  t.is(cell(20.1, ...both), '80 % of the gain: no');
  t.is(cell(20, row('names', 60)), '80 % of the gain: not compared');
  const small = row('profiled', 30, { memoryMiB: 64 });
  t.is(cell(20, small, ...both), '80 % of the gain: yes', 'rows of as much memory');
});
