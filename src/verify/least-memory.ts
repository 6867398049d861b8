/** Sizes in steps, each of which works or not; what works with less works with more. */
export interface MemorySearch {
  /** MiB: the first that may work, the last that is tried, and the distance between two. */
  readonly lowest: number;
  readonly highest: number;
  readonly step: number;
  /** Whether a machine with so many MiB works. */
  readonly attempt: (memoryMiB: number) => Promise<boolean>;
}

/**
 * The least memory that works, and works again when tried once more, by halves; undefined when `highest`
 * does not work.
 */
export async function leastMemory(search: MemorySearch): Promise<number | undefined> {
  const { lowest, highest, step, attempt } = search;
  if (!(await attempt(highest))) return undefined;
  let fails = lowest - step;
  let works = highest;
  while (works - fails > step) {
    const middle = fails + Math.floor((works - fails) / 2 / step) * step;
    if (await attempt(middle)) works = middle;
    else fails = middle;
  }
  // Near the least some boots fail and others don't: what is told must hold.
  while (works < highest && !(await attempt(works))) works = Math.min(works + step, highest);
  return works;
}
