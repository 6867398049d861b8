const MOST_NAMES = 5;
const LEAST_LIKENESS = 0.5;

/**
 * Up to five of `names` that look like `wanted`, the likest first: for "did you mean". Capitals, and
 * whether words are joined by - or _, make no difference.
 */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, likeness: likeness(plain(wanted), plain(name)) }))
    .filter((each) => each.likeness >= LEAST_LIKENESS)
    .sort((a, b) => b.likeness - a.likeness || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name);
}

const plain = (name: string) => name.replaceAll('-', '_').toLowerCase();

/** Dice's coefficient over pairs of neighbouring characters and the two ends, 0 to 1. */
function likeness(a: string, b: string): number {
  const left = pairs(a);
  const right = pairs(b);
  const shared = [...left].filter((pair) => right.has(pair)).length;
  return (2 * shared) / (left.size + right.size);
}

/** People seldom miss the first letter, so that both ends count: `sorce` is source, not force. */
function pairs(text: string): Set<string> {
  const whole = ` ${text} `;
  return new Set(Array.from({ length: whole.length - 1 }, (_, at) => whole.slice(at, at + 2)));
}
