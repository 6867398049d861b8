import { SnapdiscError } from '../errors.js';
import { MIB } from '../units.js';

const UNITS = ['', 'K', 'M', 'G', 'T'];
const PATTERN = /^(\d{1,16}(?:\.\d{1,9})?)([kmgt]?)(ib)?$/i;

/**
 * Reads a size as people write it: `0`, `512M`, `8G`, `1.5GiB`. Units are powers of 1,024.
 * @returns bytes, a safe integer
 * @throws SnapdiscError `usage.size`
 */
export function parseSize(text: string): number {
  const [, digits, unit = '', binary] = PATTERN.exec(text.trim()) ?? [];
  // "iB" alone is no unit.
  if (digits === undefined || (binary !== undefined && unit === '')) throw badSize(text);
  const power = UNITS.indexOf(unit.toUpperCase());
  const bytes = Number(digits) * 1024 ** power;
  if (!Number.isSafeInteger(bytes)) throw badSize(text);
  return bytes;
}

/**
 * MiB; a number alone is MiB already, as QEMU takes it.
 * @throws SnapdiscError `usage.size`
 */
export function parseMemory(text: string): number {
  return Math.floor(parseSize(/^\d+$/.test(text) ? `${text}M` : text) / MIB);
}

/** The shortest way to write `bytes` that `parseSize` reads back to the same number. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let power = 0;
  while (value > 0 && value % 1024 === 0 && power < UNITS.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${value}${UNITS[power]}`;
}

function badSize(text: string): SnapdiscError {
  const decimal = /\d\s*[kmgt]b$/i.test(text);
  return new SnapdiscError('usage.size', `"${text}" is not a size`, {
    hint: decimal
      ? 'Units are powers of 1,024: write 8G or 8GiB, not 8GB.'
      : 'Write whole bytes or a number with K, M, G or T, such as 512M or 8G.',
  });
}
