/** Sizes in steps, each of which works or not; what works with less works with more. */
export interface MemorySearch {
  /** MiB: the first that may work, one that works for sure, and the distance between two. */
  readonly lowest: number;
  readonly highest: number;
  readonly step: number;
  /** Whether a machine with so many MiB works. */
  readonly attempt: (memoryMiB: number) => Promise<boolean>;
}

/** The least memory that works, and works again when tried once more, by halves. */
export async function leastMemory(search: MemorySearch): Promise<number> {
  const { lowest, highest, step, attempt } = search;
  let fails = lowest - step;
  let works = highest;
  while (works - fails > step) {
    // At least a step: `highest` need not be whole steps away.
    const middle = fails + Math.max(1, Math.floor((works - fails) / 2 / step)) * step;
    if (await attempt(middle)) works = middle;
    else fails = middle;
  }
  // Near the least some boots fail and others don't: what is told must hold.
  while (works < highest && !(await attempt(works))) works = Math.min(works + step, highest);
  return works;
}
