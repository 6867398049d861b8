import type { ByteString } from '../bytes.js';

/**
 * Globs over names that are bytes. Matching takes at most pattern length times name length steps,
 * whatever the pattern: a star gives back one byte at a time and only the last one ever does.
 */

/** One byte of a name: this one, any, or one of a set. */
type Atom = { readonly byte: string } | { readonly set: ReadonlySet<string> } | 'any';
type Token = Atom | 'star';

/** What matches one name between slashes. */
export type NamePattern = readonly Token[];

/**
 * Compiles `*`, `?`, `[a-z]`, `[!a-z]` or `[^a-z]`, and `\` before a byte that stands for itself. `?`
 * is one byte. A `[` without its `]` stands for itself.
 */
export function compileName(glob: ByteString): NamePattern {
  const tokens: Token[] = [];
  for (let at = 0; at < glob.length; ) {
    const char = glob.charAt(at);
    const set = char === '[' ? parseSet(glob, at) : undefined;
    if (set !== undefined) {
      tokens.push({ set: set.bytes });
      at = set.end;
      continue;
    }
    if (char === '*') {
      if (tokens.at(-1) !== 'star') tokens.push('star');
    } else if (char === '?') {
      tokens.push('any');
    } else if (char === '\\' && at + 1 < glob.length) {
      at++;
      tokens.push({ byte: glob.charAt(at) });
    } else {
      tokens.push({ byte: char });
    }
    at++;
  }
  return tokens;
}

export function matchesName(pattern: NamePattern, name: ByteString): boolean {
  return matchWithStars(
    pattern,
    name.length,
    (token) => token === 'star',
    (token, at) => token !== 'star' && matchesByte(token, name.charAt(at)),
  );
}

/**
 * The two-pointer match of a pattern with stars: `isStar` elements stand for any number of items,
 * others for one item that `matches` says they do.
 */
export function matchWithStars<Element>(
  pattern: readonly Element[],
  count: number,
  isStar: (element: Element) => boolean,
  matches: (element: Element, at: number) => boolean,
): boolean {
  let element = 0;
  let at = 0;
  let afterStar = -1;
  let starAt = 0;
  while (at < count) {
    const current = pattern[element];
    if (current !== undefined && isStar(current)) {
      afterStar = ++element;
      starAt = at;
    } else if (current !== undefined && matches(current, at)) {
      element++;
      at++;
    } else if (afterStar >= 0) {
      element = afterStar;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return pattern.slice(element).every(isStar);
}

function matchesByte(atom: Atom, byte: string): boolean {
  if (atom === 'any') return true;
  return 'set' in atom ? atom.set.has(byte) : atom.byte === byte;
}

/** A set from the `[` at `start` on; `end` is after its `]`. POSIX: a `]` that comes first counts. */
function parseSet(
  glob: ByteString,
  start: number,
): { bytes: ReadonlySet<string>; end: number } | undefined {
  let at = start + 1;
  const negated = glob[at] === '!' || glob[at] === '^';
  if (negated) at++;
  const first = at;
  const bytes = new Set<string>();
  for (; at < glob.length; at++) {
    let char = glob.charAt(at);
    if (char === ']' && at > first) {
      return { bytes: negated ? complement(bytes) : bytes, end: at + 1 };
    }
    if (char === '\\' && at + 1 < glob.length) char = glob.charAt(++at);
    const isRange = glob[at + 1] === '-' && at + 2 < glob.length && glob[at + 2] !== ']';
    const last = isRange ? glob.charAt(at + 2) : char;
    for (let code = char.charCodeAt(0); code <= last.charCodeAt(0); code++) {
      bytes.add(String.fromCharCode(code));
    }
    if (isRange) at += 2;
  }
  return undefined;
}

function complement(bytes: ReadonlySet<string>): ReadonlySet<string> {
  const rest = new Set<string>();
  for (let code = 0; code < 256; code++) {
    const byte = String.fromCharCode(code);
    if (!bytes.has(byte)) rest.add(byte);
  }
  return rest;
}
