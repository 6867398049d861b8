import { GIB, KIB, MIB } from '../units.js';

/** How figures are shown to people. Pure. */

const SCALE: readonly (readonly [number, string])[] = [
  [GIB, 'GiB'],
  [MIB, 'MiB'],
  [KIB, 'KiB'],
];

/** Three significant digits: `441 MiB`, `1.38 GiB`, `512 B`. */
export function formatBytes(bytes: number): string {
  // 1,023.6 MiB reads better as 1.00 GiB than as 1024 MiB.
  const [unit, name] = SCALE.find(([size]) => Math.abs(bytes) >= size * 0.9995) ?? [1, 'B'];
  if (unit === 1) return `${bytes} B`;
  const value = bytes / unit;
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${name}`;
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Seconds as `0.4 s`, `12 s`, `3:05 min`, `1:02:03 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)} h`;
}

/** Rows as `formatTable` shows them, the last column in lines of words that `columns` characters hold. */
export function formatWrappedTable(
  rows: readonly (readonly string[])[],
  columns: number,
): string[] {
  const last = Math.max(...rows.map(({ length }) => length)) - 1;
  const before = rows.map((row) => row.slice(0, last));
  const [widest = ''] = formatTable(before.map((row) => [...row, '|'])).slice(0, 1);
  const room = Math.max(20, columns - widest.indexOf('|'));
  return formatTable(
    rows.flatMap((row) => {
      const [first = '', ...rest] = wrapWords(row[last] ?? '', room);
      const blank = row.slice(0, last).map(() => '');
      return [[...row.slice(0, last), first], ...rest.map((line) => [...blank, line])];
    }),
  );
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Rows as columns that line up, two spaces apart; numbers may be right-aligned. */
export function formatTable(
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return align[index] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
