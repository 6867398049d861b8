import type { Block2048 } from '../units.js';
import type { OwnedRun } from './owner.js';

/** The runs of a whole disc: ascending, without gaps or overlaps. Pure. */
export class OwnedRuns {
  readonly runs: readonly OwnedRun[];

  /**
   * Where claims overlap, which only a damaged disc's do, the one that begins first counts. What nobody
   * claims is free.
   * @param total sectors of the disc.
   */
  constructor(claims: readonly OwnedRun[], total: Block2048) {
    const runs: OwnedRun[] = [];
    let end = 0;
    const fillUpTo = (start: Block2048) => {
      if (start > end) {
        runs.push({ start: end, count: start - end, owner: { kind: 'free' }, skip: 0 });
      }
    };
    for (const claim of [...claims].sort((a, b) => a.start - b.start)) {
      const start = Math.max(claim.start, end);
      const claimEnd = Math.min(claim.start + claim.count, total);
      if (start >= claimEnd) continue;
      fillUpTo(start);
      const skip = claim.skip + start - claim.start;
      runs.push({ start, count: claimEnd - start, owner: claim.owner, skip });
      end = claimEnd;
    }
    fillUpTo(total);
    this.runs = runs;
  }

  /** The runs of `count` sectors from `start` on, cut to them; what is behind the disc is left out. */
  *between(start: Block2048, count: Block2048): Generator<OwnedRun> {
    const end = start + count;
    for (let index = this.#indexOf(start); index < this.runs.length; index++) {
      const run = this.runs[index];
      if (run === undefined || run.start >= end) return;
      const from = Math.max(run.start, start);
      const to = Math.min(run.start + run.count, end);
      if (from >= to) continue;
      const skip = run.skip + from - run.start;
      yield { start: from, count: to - from, owner: run.owner, skip };
    }
  }

  /** Index of the last run that starts at or before `sector`. */
  #indexOf(sector: Block2048): number {
    let low = 0;
    let high = this.runs.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.runs[middle]?.start ?? 0) <= sector) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
