import { SnapdiscError } from '../errors.js';
import type { DriveRead } from './drive-model.js';
import type { LoggedRead } from './simulated-drive.js';

/**
 * The log of a drive as a text file: a line for each read, in the order in which they were served.
 * docs/optical.md describes it. Pure.
 */

const HEADER = 'snapdisc-reads 1';
const COLUMNS = '# seconds offset length approach modelled';
/** Lines; a boot has some ten thousand. */
const MAX_LINES = 2_000_000;

/** A read of the drive and when it was asked for. */
export interface TimedRead extends DriveRead {
  /** Seconds from power-on. */
  readonly time: number;
}

export function formatReadLog(reads: readonly LoggedRead[]): string {
  const lines = reads.map(({ time, offset, length, approach, seconds, failed }) => {
    const columns = [time.toFixed(3), offset, length, approach, seconds.toFixed(6)];
    return failed ? [...columns, 'failed'].join(' ') : columns.join(' ');
  });
  return `${[HEADER, COLUMNS, ...lines].join('\n')}\n`;
}

/**
 * The reads in a log; of each line the first three columns count.
 * @throws SnapdiscError `usage.read-log`
 */
export function parseReadLog(text: string): TimedRead[] {
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) throw notALog(`it has more than ${MAX_LINES} lines`);
  if (lines[0]?.trimEnd() !== HEADER) throw notALog(`its first line is not "${HEADER}"`);
  const reads: TimedRead[] = [];
  lines.forEach((line, index) => {
    if (index === 0 || line.trim() === '' || line.startsWith('#')) return;
    const match = /^(\d{1,9}(?:\.\d{1,9})?) (\d{1,15}) (\d{1,10})(?: |\r?$)/.exec(line);
    if (match === null) throw notALog(`line ${index + 1} is not "SECONDS OFFSET LENGTH ..."`);
    const [time = 0, offset = 0, length = 0] = match.slice(1).map(Number);
    reads.push({ time, offset, length });
  });
  return reads;
}

function notALog(reason: string): SnapdiscError {
  return new SnapdiscError('usage.read-log', `This is no log of a drive's reads: ${reason}.`, {
    hint: 'snapdisc run --drive-log=FILE writes one.',
  });
}
