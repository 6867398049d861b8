/**
 * File names, symlink targets and xattr names are bytes, not text: Linux puts no encoding on them.
 * We carry them as strings whose char codes are the bytes (0 to 255), so that they can be map keys,
 * compare in byte order with `<`, and never pass through a decoder that would change them.
 */
export type ByteString = string;

/** Bytes to ByteString: one char per byte. */
export function byteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** ByteString to its bytes. */
export function bytesOf(name: ByteString): Buffer {
  return Buffer.from(name, 'latin1');
}

/** Text (for example from a flag) to the ByteString of its UTF-8 encoding. */
export function byteStringFromText(text: string): ByteString {
  return byteString(Buffer.from(text, 'utf8'));
}

/**
 * A ByteString for people: UTF-8 where it is valid, control characters and stray
 * bytes as \xNN.
 */
export function printable(name: ByteString): string {
  const bytes = bytesOf(name);
  const text = bytes.toString('utf8');
  const valid = Buffer.from(text, 'utf8').equals(bytes);
  const hex = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  // U+0080 to U+009F are two bytes in UTF-8, and terminals take some for escape sequences.
  const escapeBytes = (char: string) => byteStringFromText(char).replace(/./gs, hex);
  if (valid) return text.replace(/[\p{Cc}\\]/gu, escapeBytes);
  return name.replace(/[^\x20-\x5b\x5d-\x7e]/g, hex);
}

/** The bytes that `printable` has shown, or undefined where a backslash begins no \xNN. */
export function fromPrintable(text: string): ByteString | undefined {
  if (/\\(?!x[0-9a-f]{2})/i.test(text)) return undefined;
  return text
    .split(/(\\x[0-9a-f]{2})/i)
    .map((part, index) =>
      index % 2 === 1
        ? String.fromCharCode(Number.parseInt(part.slice(2), 16))
        : byteStringFromText(part),
    )
    .join('');
}
