import type { DriveEvent } from './write-log.js';

const SECTOR = 512;

/** A source of numbers from 0 to 1 that a seed repeats (Marsaglia's xorshift, 32 bits). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export interface PowerCut {
  /** Events before this one were done; this one, if it is a write, was under way. */
  readonly at: number;
  /** What the drive holds afterwards. */
  readonly drive: Buffer;
}

/**
 * Cuts the power at `count` random events. What was done before the last flush is on the drive. Of
 * what came later, and lay in the drive's cache, each sector is there or not: a drive writes its
 * cache in any order, and only sectors whole. Half of the cuts lose only whole writes, and one in
 * eight loses everything or nothing.
 * @param initial The drive before the first event; not changed.
 */
export function* powerCuts(
  initial: Buffer,
  events: readonly DriveEvent[],
  count: number,
  seed: number,
): Generator<PowerCut> {
  const random = randomNumbers(seed);
  const points = Array.from({ length: count }, () => Math.floor(random() * events.length));
  const flushed = Buffer.from(initial);
  let done = 0;
  for (const at of points.sort((one, other) => one - other)) {
    const flush = lastFlush(events, at);
    for (; done < flush; done++) write(flushed, events[done]);
    const drive = Buffer.from(flushed);
    const chance = random() < 0.25 ? Math.round(random()) : random();
    const unit = random() < 0.5 ? Number.MAX_SAFE_INTEGER : SECTOR;
    const cached = events.slice(flush, at + 1);
    for (const event of cached) write(drive, event, unit, () => random() < chance);
    yield { at, drive };
  }
}

/** Number of events up to the last flush before `at`, that one included. */
function lastFlush(events: readonly DriveEvent[], at: number): number {
  for (let index = at; index > 0; index--) if (events[index - 1]?.kind === 'flush') return index;
  return 0;
}

/** Writes those units of an event, in bytes, that `reaches` takes. */
function write(
  drive: Buffer,
  event: DriveEvent | undefined,
  unit = Number.MAX_SAFE_INTEGER,
  reaches = () => true,
): void {
  if (event?.kind !== 'write') return;
  for (let from = 0; from < event.data.length; from += unit) {
    const to = Math.min(from + unit, event.data.length);
    if (reaches()) event.data.copy(drive, event.at + from, from, to);
  }
}
