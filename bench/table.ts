/** The benchmark's one table: rows, whether targets are met, Markdown. All pure. */

/** How a number is written. MB are 10^6 bytes and given as bytes; MiB, seconds and ratios as such. */
export type Unit = 'ratio' | 's' | 'MB' | 'MiB';

export interface Figure {
  readonly metric: string;
  readonly unit: Unit;
  /** What was measured in this run. Undefined: it could not be, and `remark` says why. */
  readonly value: number | undefined;
  /** The target: the largest value that meets it. Without one the row is for information. */
  readonly atMost?: number;
  /** Beside the value: the spread of the runs, how it was counted. */
  readonly remark?: string;
  /** Figures that are not of this run. */
  readonly before?: string | undefined;
}

const HEADINGS = ['Metric', 'Value', 'Target', 'Met', 'Measured before (1)'];

/** A number with its unit. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'ratio':
      return value.toFixed(2);
    case 's':
      return `${value.toFixed(2)} s`;
    case 'MB':
      return `${(value / 1e6).toFixed(1)} MB`;
    case 'MiB':
      return `${value} MiB`;
  }
}

/** The smallest and the largest of several runs, for a remark. */
export function formatSpread(values: readonly number[], unit: Unit): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const range = `${formatValue(least, unit)} to ${formatValue(most, unit)}`;
  return values.length === 1 ? 'one run' : `${range} in ${values.length} runs`;
}

/** Whether a target is met, by the value as measured, not as rounded; '' without a target. */
export function isMet({ value, atMost }: Figure): 'yes' | 'no' | '' {
  if (atMost === undefined) return '';
  return value !== undefined && value <= atMost ? 'yes' : 'no';
}

/** A Markdown table, its columns aligned for people who read it as text. */
export function markdownTable(figures: readonly Figure[]): string {
  return markdownRows(HEADINGS, figures.map(cells));
}

/** The same of any cells. */
export function markdownRows(
  headings: readonly string[],
  body: readonly (readonly string[])[],
): string {
  const rows = [headings, ...body].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')),
  );
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => width(row[column]))));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((size) => '-'.repeat(size + 2)).join('|')}|`;
  const [first, ...rest] = rows.map(line);
  return [first, rule, ...rest].join('\n');
}

/**
 * `document` with `text` between its two markers, which stay.
 * @throws RangeError when it does not have each marker once, in order.
 */
export function replaceBetween(
  document: string,
  [begin, end]: readonly [string, string],
  text: string,
): string {
  const from = document.indexOf(begin) + begin.length;
  const to = document.indexOf(end);
  const once = document.split(begin).length === 2 && document.split(end).length === 2;
  if (!once || to < from) throw new RangeError(`not one "${begin}" with one "${end}" after it`);
  return `${document.slice(0, from)}\n${text}\n${document.slice(to)}`;
}

function cells(figure: Figure): string[] {
  const { metric, unit, value, atMost, remark, before } = figure;
  const shown = value === undefined ? 'not measured' : formatValue(value, unit);
  return [
    metric,
    remark === undefined ? shown : `${shown} (${remark})`,
    atMost === undefined ? '' : `at most ${formatValue(atMost, unit)}`,
    isMet(figure),
    before ?? '',
  ];
}

function width(cell: string | undefined): number {
  return cell?.length ?? 0;
}
