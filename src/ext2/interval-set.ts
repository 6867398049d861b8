import BTree from 'sorted-btree';

/** A half-open range of integers. */
export interface Interval {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** A set of integers as disjoint intervals that do not touch. What is added takes logarithmic time. */
export class IntervalSet {
  /** Starts by their exclusive ends. */
  readonly #starts = new BTree.default<number, number>();

  /** Adds `start` to `end` (exclusive) and gives, ascending, the parts that were not in it before. */
  add(start: number, end: number): Interval[] {
    if (start >= end) return [];
    const added: Interval[] = [];
    let cursor = start;
    let mergedStart = start;
    let known = this.#firstEndingAtOrAfter(start);
    while (known !== undefined && known.start <= end) {
      if (cursor < known.start) added.push({ start: cursor, end: known.start });
      cursor = Math.max(cursor, known.end);
      mergedStart = Math.min(mergedStart, known.start);
      this.#starts.delete(known.end);
      known = this.#firstEndingAtOrAfter(known.end);
    }
    if (cursor < end) added.push({ start: cursor, end });
    this.#starts.set(Math.max(cursor, end), mergedStart);
    return added;
  }

  #firstEndingAtOrAfter(value: number): Interval | undefined {
    const [end, start] = this.#starts.getPairOrNextHigher(value) ?? [];
    return end === undefined || start === undefined ? undefined : { start, end };
  }
}
