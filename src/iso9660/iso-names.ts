import type { ByteString } from '../bytes.js';

/**
 * Plain ISO 9660 identifiers for names that are arbitrary bytes. Linux, xorriso and ISOLINUX read
 * the Rock Ridge names; these are what firmware and other systems see.
 */

/** Base name and extension together (ECMA-119 7.5.1, interchange levels 2 and 3). */
const FILE_LENGTH = 30;
/** ECMA-119 7.6.3. */
const DIRECTORY_LENGTH = 31;
/** Leaves the base room for a number. */
const EXTENSION_LENGTH = 8;

export interface NamedKind {
  readonly kind: string;
}

interface Identifier {
  readonly base: string;
  readonly extension: string;
}

/**
 * The identifier of each entry of one directory: `NAME.EXT;1` for files, `NAME` for directories,
 * all different even without their version. Depends on nothing but the names and kinds. Where two
 * names map to the same identifier, one that only changed case keeps it, else the first in byte
 * order; the others get `_1`, `_2` and so on at the end of the base.
 */
export function isoIdentifiers(
  entries: ReadonlyMap<ByteString, NamedKind>,
): Map<ByteString, string> {
  const taken = new Set<string>();
  const nextNumber = new Map<string, number>();
  const identifiers = new Map<ByteString, string>();
  for (const { name, isDirectory, wanted } of byPriority(entries)) {
    const limit = isDirectory ? DIRECTORY_LENGTH : FILE_LENGTH - wanted.extension.length;
    let identifier = wanted;
    while (taken.has(keyOf(identifier))) {
      const number = nextNumber.get(keyOf(wanted)) ?? 1;
      nextNumber.set(keyOf(wanted), number + 1);
      const suffix = `_${number}`;
      const base = wanted.base.slice(0, limit - suffix.length) + suffix;
      identifier = { base, extension: wanted.extension };
    }
    taken.add(keyOf(identifier));
    identifiers.set(name, isDirectory ? identifier.base : `${keyOf(identifier)};1`);
  }
  return identifiers;
}

/**
 * Compares two identifiers in the order of ECMA-119 9.3: base name, then extension, both as if
 * filled with spaces. The dot sorts below every character a base may have, so that comparing the
 * text up to the version compares the parts.
 */
export function compareIdentifiers(a: string, b: string): number {
  const left = withoutVersion(a);
  const right = withoutVersion(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function withoutVersion(identifier: string): string {
  const semicolon = identifier.indexOf(';');
  return semicolon < 0 ? identifier : identifier.slice(0, semicolon);
}

function keyOf(identifier: Identifier): string {
  return `${identifier.base}.${identifier.extension}`;
}

function byPriority(entries: ReadonlyMap<ByteString, NamedKind>) {
  const wishes = [...entries].map(([name, { kind }]) => {
    const isDirectory = kind === 'directory';
    const wanted = isDirectory ? directoryIdentifier(name) : fileIdentifier(name);
    const plain = isDirectory || wanted.extension === '' ? wanted.base : keyOf(wanted);
    return { name, isDirectory, wanted, isFaithful: plain === upperCase(name) };
  });
  return wishes.sort((a, b) => {
    if (a.isFaithful !== b.isFaithful) return a.isFaithful ? -1 : 1;
    return a.name < b.name ? -1 : 1;
  });
}

function directoryIdentifier(name: ByteString): Identifier {
  return { base: dCharacters(name).slice(0, DIRECTORY_LENGTH), extension: '' };
}

function fileIdentifier(name: ByteString): Identifier {
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return { base: dCharacters(name).slice(0, FILE_LENGTH), extension: '' };
  const extension = dCharacters(name.slice(dot + 1)).slice(0, EXTENSION_LENGTH);
  const base = dCharacters(name.slice(0, dot)).slice(0, FILE_LENGTH - extension.length);
  return { base, extension };
}

/** Maps to A-Z, 0-9 and `_` (ECMA-119 7.4.1). */
function dCharacters(name: ByteString): string {
  return upperCase(name).replace(/[^A-Z0-9]/g, '_');
}

/** ASCII only: toUpperCase() would turn bytes above 127 into other bytes. */
function upperCase(name: ByteString): string {
  return name.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
