import type { HeadPath, HeadStroke } from './head-path.js';

/** The head's path as an SVG image: time to the right, the disc's start at the bottom. Pure. */

const WIDTH = 960;
const HEIGHT = 540;
const MARGIN = { left: 70, right: 20, top: 44, bottom: 48 };
const PLOT = {
  width: WIDTH - MARGIN.left - MARGIN.right,
  height: HEIGHT - MARGIN.top - MARGIN.bottom,
};
const TICKS = 8;
const MB = 1_000_000;

const STYLE = `
  svg { background: #fff; font: 12px sans-serif; }
  .axis { stroke: #888; fill: none; } .grid { stroke: #ddd; }
  .move { stroke: #d95f02; stroke-width: 0.7; fill: none; opacity: 0.7; }
  .read { stroke: #1f4e9c; stroke-width: 2; fill: none; stroke-linecap: round; }
  .failed { stroke: #c00; stroke-width: 3; fill: none; stroke-linecap: round; }
  text { fill: #333; } .title { font-size: 15px; }`;

/** @param title one line; anything may be in it. */
export function headPathSvg(path: HeadPath, title: string): string {
  const seconds = Math.max(path.seconds, 0.001);
  const x = (value: number) => MARGIN.left + (value / seconds) * PLOT.width;
  const y = (value: number) => MARGIN.top + PLOT.height - (value / path.extent) * PLOT.height;
  const lines = (kind: HeadStroke['kind']) => {
    const moves = path.strokes
      .filter((stroke) => stroke.kind === kind)
      .map(({ from, to }) => `M${point(x, y, from)}L${point(x, y, to)}`);
    return `<path class="${kind}" d="${moves.join('')}"/>`;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="${MARGIN.left}" y="26">${escapeXml(title)}</text>`,
    ...ticks(seconds).flatMap((value) => verticalTick(x(value), label(value))),
    ...ticks(path.extent / MB).flatMap((value) => horizontalTick(y(value * MB), label(value))),
    `<path class="axis" d="M${MARGIN.left} ${MARGIN.top}v${PLOT.height}h${PLOT.width}"/>`,
    `<text x="${MARGIN.left + PLOT.width}" y="${HEIGHT - 10}" text-anchor="end">modelled seconds</text>`,
    `<text x="${MARGIN.left - 8}" y="${MARGIN.top - 8}" text-anchor="end">MB</text>`,
    lines('move'),
    lines('read'),
    lines('failed'),
    '</svg>',
    '',
  ].join('\n');
}

type Scale = (value: number) => number;

function point(x: Scale, y: Scale, at: HeadStroke['from']): string {
  return `${x(at.seconds).toFixed(1)} ${y(at.position).toFixed(1)}`;
}

/** Round values from 0 to `end`, about TICKS of them. */
export function ticks(end: number): number[] {
  const rough = end / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.floor(end / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function verticalTick(x: number, text: string): string[] {
  const at = x.toFixed(1);
  return [
    `<path class="grid" d="M${at} ${MARGIN.top}v${PLOT.height}"/>`,
    `<text x="${at}" y="${MARGIN.top + PLOT.height + 18}" text-anchor="middle">${text}</text>`,
  ];
}

function horizontalTick(y: number, text: string): string[] {
  const at = y.toFixed(1);
  return [
    `<path class="grid" d="M${MARGIN.left} ${at}h${PLOT.width}"/>`,
    `<text x="${MARGIN.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${text}</text>`,
  ];
}

/** Characters that XML cannot carry become question marks. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
