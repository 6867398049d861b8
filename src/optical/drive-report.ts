import type { DriveTotals } from './drive-model.js';

/** The drive's figures in one line, for people. Pure. */
export function driveReport(totals: DriveTotals): string {
  const { requests, bytes, headMoves, shortSkips, seconds } = totals;
  const count = (value: number) => value.toLocaleString('en-US');
  return (
    `The drive: ${count(requests)} requests, ${(bytes / 1e6).toFixed(1)} MB, ${count(headMoves)} head moves, ` +
    `${count(shortSkips)} short skips, ${seconds.toFixed(1)} modelled seconds.`
  );
}
