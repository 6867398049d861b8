/** A half-open range of integers. */
export interface Interval {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** A set of integers as disjoint, sorted, non-touching intervals. */
export class IntervalSet {
  readonly #intervals: Interval[] = [];

  /** Adds `start` to `end` (exclusive) and gives, ascending, the parts that were not in it before. */
  add(start: number, end: number): Interval[] {
    if (start >= end) return [];
    const first = this.#firstEndingAtOrAfter(start);
    const added: Interval[] = [];
    let cursor = start;
    let last = first;
    let mergedStart = start;
    let mergedEnd = end;
    for (; last < this.#intervals.length; last++) {
      const known = this.#intervals[last];
      if (known === undefined || known.start > end) break;
      if (cursor < known.start) added.push({ start: cursor, end: known.start });
      cursor = Math.max(cursor, known.end);
      mergedStart = Math.min(mergedStart, known.start);
      mergedEnd = Math.max(mergedEnd, known.end);
    }
    if (cursor < end) added.push({ start: cursor, end });
    this.#intervals.splice(first, last - first, { start: mergedStart, end: mergedEnd });
    return added;
  }

  /** Whether all integers from `start` to `end` (exclusive) are in it. */
  has(start: number, end: number): boolean {
    if (start >= end) return true;
    const found = this.#intervals[this.#firstEndingAtOrAfter(end)];
    return found !== undefined && found.start <= start;
  }

  #firstEndingAtOrAfter(value: number): number {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#intervals[middle]?.end ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
