/** Figures from several runs. All pure. */

/** @throws RangeError for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values, no median');
  return (lower + upper) / 2;
}

/**
 * Each value divided by the one of the same round. A machine that is slower for a while slows both
 * down, so these differ less from each other than the values do.
 * @throws RangeError for lists of different lengths.
 */
export function pairwiseRatios(values: readonly number[], others: readonly number[]): number[] {
  if (values.length !== others.length) throw new RangeError('values without a partner');
  return values.map((value, round) => value / (others[round] ?? Number.NaN));
}
