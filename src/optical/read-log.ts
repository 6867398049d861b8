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

/** What tells a disc, and a build of it, from others. */
export interface DiscIdentity {
  /** Of the root filesystem, 32 hex digits. */
  readonly uuid: string;
  /** Byte of the disc at which the image of the root filesystem begins. */
  readonly rootStart: number;
}

/** What a log has: the reads of a disc in the order in which they were served, and which disc that was, if it tells. */
export interface DiscReads {
  readonly reads: readonly TimedRead[];
  readonly disc: Partial<DiscIdentity>;
}

/** @param disc undefined where nothing tells it from others. */
export function formatReadLog(reads: readonly LoggedRead[], disc?: DiscIdentity): string {
  const lines = reads.map(({ time, offset, length, approach, seconds, failed }) => {
    const columns = [time.toFixed(3), offset, length, approach, seconds.toFixed(6)];
    return failed ? [...columns, 'failed'].join(' ') : columns.join(' ');
  });
  const told = disc === undefined ? [] : [`# disc ${disc.uuid} ${disc.rootStart}`];
  return `${[HEADER, ...told, COLUMNS, ...lines].join('\n')}\n`;
}

/** A comment for those who want nothing but the reads. */
const DISC = /^# disc ([0-9a-f]{32}) (\d{1,15})\r?$/;

/**
 * The reads in a log; of each line the first three columns count.
 * @throws SnapdiscError `usage.read-log`
 */
export function parseReadLog(text: string): DiscReads {
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) throw notALog(`it has more than ${MAX_LINES} lines`);
  if (lines[0]?.trimEnd() !== HEADER) throw notALog(`its first line is not "${HEADER}"`);
  const reads: TimedRead[] = [];
  let disc: DiscReads['disc'] = {};
  lines.forEach((line, index) => {
    const [, uuid, start] = DISC.exec(line) ?? [];
    if (uuid !== undefined) disc = { uuid, rootStart: Number(start) };
    if (index === 0 || line.trim() === '' || line.startsWith('#')) return;
    const match = /^(\d{1,9}(?:\.\d{1,9})?) (\d{1,15}) (\d{1,10})(?: |\r?$)/.exec(line);
    if (match === null) throw notALog(`line ${index + 1} is not "SECONDS OFFSET LENGTH ..."`);
    const [time = 0, offset = 0, length = 0] = match.slice(1).map(Number);
    reads.push({ time, offset, length });
  });
  return { reads, disc };
}

function notALog(reason: string): SnapdiscError {
  return new SnapdiscError('usage.read-log', `This is no log of a drive's reads: ${reason}.`, {
    hint: 'snapdisc run --drive-log=FILE writes one.',
  });
}
