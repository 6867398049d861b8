import { type ByteString, byteString, bytesOf } from '../../bytes.js';

/**
 * The lines of /etc/passwd, shadow, group and gshadow: fields between colons, the name first. They
 * are bytes, and every line that is not changed stays as it is, comments and NIS lines (`+::`) too.
 */
export type AccountLines = readonly ByteString[];

export function splitLines(file: Uint8Array): AccountLines {
  const text = byteString(file);
  const lines = text.split('\n');
  // What follows the last newline is no line; a last line without one is.
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

export function joinLines(lines: AccountLines): Buffer {
  return bytesOf(lines.map((line) => `${line}\n`).join(''));
}

/** The fields of the first line about `name`, which is the one that counts. */
export function findFields(lines: AccountLines, name: ByteString): ByteString[] | undefined {
  return lines.find((line) => line.startsWith(`${name}:`))?.split(':');
}

/** The lines with the first one about `name` replaced. */
export function replaceFields(
  lines: AccountLines,
  name: ByteString,
  fields: readonly ByteString[],
): AccountLines {
  const index = lines.findIndex((line) => line.startsWith(`${name}:`));
  return index < 0 ? addFields(lines, fields) : lines.with(index, fields.join(':'));
}

/** The lines with one more: before the NIS lines, which end the search in old C libraries. */
export function addFields(lines: AccountLines, fields: readonly ByteString[]): AccountLines {
  const nis = lines.findIndex((line) => /^[+-]/.test(line));
  return lines.toSpliced(nis < 0 ? lines.length : nis, 0, fields.join(':'));
}
