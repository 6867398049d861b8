import type { HeadPath, HeadStroke } from './head-path.js';

/** The head's path for a terminal, in Braille dots: time to the right, the disc's start at the bottom. */

/** Bits of a Braille character (Unicode U+2800) by row and column of its 2 x 4 dots. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BLANK = 0x2800;
const MB = 1_000_000;

/** Lines of text, `columns` wide at most. Head moves are the gaps. Pure. */
export function headPathPlot(path: HeadPath, columns = 78, rows = 18): string[] {
  const top = `${Math.round(path.extent / MB)} MB`;
  const margin = Math.max(top.length, '0 MB'.length) + 1;
  const width = Math.max(1, columns - margin - 1);
  const grid = Array.from({ length: rows }, () => new Uint8Array(width));
  const seconds = Math.max(path.seconds, 0.001);
  const across = width * 2;
  const up = rows * 4;
  for (const stroke of path.strokes) {
    if (stroke.kind === 'move') continue;
    for (const { x, y } of dotsOf(stroke, across / seconds, up / path.extent)) {
      setDot(grid, Math.min(x, across - 1), up - 1 - Math.min(y, up - 1));
    }
  }
  const lines = grid.map((cells, row) => {
    const label = row === 0 ? top : row === rows - 1 ? '0 MB' : '';
    return `${label.padStart(margin - 1)} │${brailleText(cells)}`;
  });
  // What the drive was busy with; the pauses between are left out.
  const end = `${path.seconds.toFixed(1)} s busy`;
  const scale = `${' '.repeat(margin)}└0 ${'─'.repeat(Math.max(0, width - end.length - 3))} ${end}`;
  return [...lines, scale];
}

/** The dots under a stroke, at least one. */
function* dotsOf({ from, to }: HeadStroke, xScale: number, yScale: number) {
  const start = { x: from.seconds * xScale, y: from.position * yScale };
  const end = { x: to.seconds * xScale, y: to.position * yScale };
  const steps = Math.max(1, Math.ceil(Math.max(end.x - start.x, end.y - start.y)));
  for (let step = 0; step < steps; step++) {
    const part = step / steps;
    const x = Math.floor(start.x + (end.x - start.x) * part);
    const y = Math.floor(start.y + (end.y - start.y) * part);
    yield { x, y };
  }
}

function setDot(grid: readonly Uint8Array[], x: number, y: number): void {
  const cells = grid[Math.floor(y / 4)];
  const bit = DOTS[y % 4]?.[x % 2] ?? 0;
  const column = Math.floor(x / 2);
  if (cells !== undefined) cells[column] = (cells[column] ?? 0) | bit;
}

function brailleText(cells: Uint8Array): string {
  return String.fromCodePoint(...Array.from(cells, (bits) => BLANK + bits)).replace(/\u2800+$/, '');
}
