import type { DriveRead } from '../src/optical/drive-model.js';
import { roundUp } from '../src/units.js';

/** A disc whose parts have another order, and where its reads would have gone. Pure; all in bytes. */

/** A part of the disc as it is. */
export interface DiscPart {
  readonly start: number;
  readonly end: number;
}

export interface DiscParts {
  readonly size: number;
  readonly root: DiscPart;
  /** The compressed copy of the hot range; empty where there is none. */
  readonly copy: DiscPart;
  /** Of root.img, from its start on. */
  readonly hotBytes: number;
}

export interface Order {
  readonly name: string;
  /** All parts of the disc, in their new order. */
  readonly parts: readonly DiscPart[];
}

/** The order that a disc has, and others that it might have. */
export function otherPlaces({ size, root, copy, hotBytes }: DiscParts): Order[] {
  const part = (start: number, end: number): DiscPart => ({ start, end });
  const middle = roundUp((root.start + hotBytes + root.end) / 2, 4096);
  const first = part(0, root.start);
  const hot = part(root.start, root.start + hotBytes);
  const [near, far] = [part(hot.end, middle), part(middle, copy.start)];
  const rest = part(copy.end, size);
  return [
    { name: 'hot range first, copy last (as built)', parts: [first, hot, near, far, copy, rest] },
    { name: 'copy, hot range, the rest', parts: [first, copy, hot, near, far, rest] },
    { name: 'hot range, copy, the rest', parts: [first, hot, copy, near, far, rest] },
    { name: 'both in the middle', parts: [first, near, hot, copy, far, rest] },
    { name: 'both last', parts: [first, near, far, hot, copy, rest] },
  ];
}

/** What was read, at its new places; a read over the border of two parts becomes two. */
export function* rearranged(
  reads: Iterable<DriveRead>,
  parts: readonly DiscPart[],
): Generator<DriveRead> {
  const moves: { readonly part: DiscPart; readonly to: number }[] = [];
  let to = 0;
  for (const part of parts) {
    moves.push({ part, to });
    to += part.end - part.start;
  }
  const inOldOrder = moves.sort((a, b) => a.part.start - b.part.start);
  for (const { offset, length } of reads) {
    for (const { part, to: place } of inOldOrder) {
      const from = Math.max(offset, part.start);
      const end = Math.min(offset + length, part.end);
      if (from < end) yield { offset: place + from - part.start, length: end - from };
    }
  }
}
