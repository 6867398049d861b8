import { firstIndex } from '../first-index.js';
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
    const first = firstIndex(this.runs, (run) => run.start + run.count > start);
    for (let index = first; index < this.runs.length; index++) {
      const run = this.runs[index];
      if (run === undefined || run.start >= end) return;
      const from = Math.max(run.start, start);
      const to = Math.min(run.start + run.count, end);
      const skip = run.skip + from - run.start;
      yield { start: from, count: to - from, owner: run.owner, skip };
    }
  }
}
