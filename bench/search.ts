/** A search for the least of something that works, where each attempt may fail by chance. */
export interface Search {
  /** Where to start, how far to go each time, and where to give up. */
  readonly start: number;
  readonly step: number;
  readonly lowest: number;
  readonly highest: number;
  readonly attempt: (size: number) => Promise<boolean>;
}

/**
 * Goes down from `start` (first up, where that does not work) until an attempt fails twice, then
 * back up until one size has worked twice. Undefined when nothing up to `highest` does. Supposes
 * that what works with less works with more.
 */
export async function leastThatWorks(search: Search): Promise<number | undefined> {
  const { start, step, highest } = search;
  let { lowest } = search;
  const successes = new Map<number, number>();
  const attempt = async (size: number) => {
    const worked = await search.attempt(size);
    if (worked) successes.set(size, (successes.get(size) ?? 0) + 1);
    return worked;
  };
  const worksAtAll = async (size: number) => (await attempt(size)) || (await attempt(size));

  let size = start;
  while (!(await worksAtAll(size))) {
    size += step;
    lowest = size;
    if (size > highest) return undefined;
  }
  while (size - step >= lowest && (await worksAtAll(size - step))) size -= step;
  while ((successes.get(size) ?? 0) < 2) {
    if (await attempt(size)) continue;
    size += step;
    if (size > highest) return undefined;
  }
  return size;
}
