/**
 * `FROM[:TO]`, as --disc-include and --initrd-include take it: something on this machine and the
 * absolute path it gets. A colon or backslash that belongs to a name is written `\:` or `\\`.
 */
export interface Destination {
  readonly from: string;
  readonly to?: string | undefined;
}

/** Splits at the first colon that is not escaped. A backslash before anything else is itself. */
export function parseDestination(text: string): Destination {
  const at = separatorIndex(text);
  if (at === undefined) return { from: unescapeName(text) };
  return { from: unescapeName(text.slice(0, at)), to: unescapeName(text.slice(at + 1)) };
}

/** The inverse of `parseDestination`. */
export function formatDestination({ from, to }: Destination): string {
  return to === undefined ? escapeName(from) : `${escapeName(from)}:${escapeName(to)}`;
}

function separatorIndex(text: string): number | undefined {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === ':') return at;
    if (text[at] === '\\' && (text[at + 1] === '\\' || text[at + 1] === ':')) at += 1;
  }
  return undefined;
}

const escapeName = (text: string) => text.replace(/[\\:]/g, '\\$&');
const unescapeName = (text: string) => text.replace(/\\([\\:])/g, '$1');
