import { availableParallelism } from 'node:os';

/** `map` for promises with as many at a time as there are processors. */
export async function mapInParallel<T, R>(
  items: readonly T[],
  transform: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const pending = items.entries();
  const work = async () => {
    for (const [index, item] of pending) results[index] = await transform(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}
