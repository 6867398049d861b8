/**
 * A number of a tar header field, or undefined when the field holds none: octal digits with blanks
 * around them (POSIX ustar), or base-256 when the top bit of the first byte is set (GNU and star:
 * two's complement, 0x80 leads positive and 0xff negative numbers). An empty field is 0.
 */
export function parseNumberField(field: Uint8Array): number | undefined {
  const first = field[0] ?? 0;
  return first >= 0x80 ? parseBase256(field, first) : parseOctal(field);
}

function parseOctal(field: Uint8Array): number | undefined {
  let start = 0;
  let end = field.length;
  while (start < end && isBlank(field[start])) start++;
  const terminator = field.subarray(start).findIndex(isBlank);
  if (terminator >= 0) end = start + terminator;
  let value = 0;
  for (const byte of field.subarray(start, end)) {
    if (byte < 0x30 || byte > 0x37) return undefined;
    value = value * 8 + (byte - 0x30);
  }
  // Twelve octal digits at most are below 2^36, so the sum is exact.
  return value;
}

function parseBase256(field: Uint8Array, first: number): number | undefined {
  if (first !== 0x80 && first !== 0xff && (first & 0x40) !== 0) return undefined;
  let value = first === 0xff ? -1n : BigInt(first & 0x3f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0;
}

/** A decimal number of 0 to 2^53 - 1 as PAX records write it, or undefined. */
export function parseDecimal(text: string): number | undefined {
  if (!/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
