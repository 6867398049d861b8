/**
 * Index of the first item for which `holds` is true, by a binary search: it has to be true of all behind that
 * one, too. The number of items where it is true of none.
 */
export function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
