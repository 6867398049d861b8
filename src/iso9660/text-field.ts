import type { ByteString } from '../bytes.js';

/** Writes `text` at `offset`, filled to `length` bytes with spaces (ECMA-119 7.4.3.2). */
export function putText(bytes: Buffer, offset: number, length: number, text: ByteString): void {
  bytes.fill(0x20, offset, offset + length);
  bytes.write(text, offset, length, 'latin1');
}

/** The text of a field without its filling; some writers fill with zeros instead of spaces. */
export function getText(bytes: Buffer, offset: number, length: number): ByteString {
  const field = bytes.toString('latin1', offset, offset + length);
  let end = field.length;
  while (end > 0 && (field[end - 1] === ' ' || field[end - 1] === '\0')) end--;
  return field.slice(0, end);
}
