import { TRANSFER_RATE } from './drive-model.js';
import type { LoggedRead } from './simulated-drive.js';

/**
 * The head's way over the disc: where it is while the drive works. Times in modelled seconds of work:
 * what the drive does between two requests of a slow machine is no way.
 */
export interface HeadStroke {
  readonly from: { readonly seconds: number; readonly position: number };
  readonly to: { readonly seconds: number; readonly position: number };
  readonly kind: 'read' | 'move' | 'failed';
}

export interface HeadPath {
  readonly strokes: readonly HeadStroke[];
  /** Modelled seconds of all. */
  readonly seconds: number;
  /** The end of the last byte that was read, at least 1. */
  readonly extent: number;
}

/** The way that these reads lead the head; reads that follow each other are one stroke. */
export function headPath(
  reads: readonly Pick<LoggedRead, 'offset' | 'length' | 'seconds' | 'approach' | 'failed'>[],
): HeadPath {
  const strokes: HeadStroke[] = [];
  let seconds = 0;
  let position = 0;
  let extent = 1;
  for (const read of reads) {
    // Of a disc that was out.
    if (read.seconds === 0) continue;
    const end = read.offset + read.length;
    const arrival = seconds + read.seconds - read.length / TRANSFER_RATE;
    if (read.offset !== position) {
      const kind = read.approach === 'move' ? 'move' : 'read';
      const to = { seconds: arrival, position: read.offset };
      addStroke(strokes, { from: { seconds, position }, to, kind });
    }
    seconds += read.seconds;
    position = end;
    extent = Math.max(extent, end);
    const from = { seconds: arrival, position: read.offset };
    const kind = read.failed ? 'failed' : 'read';
    addStroke(strokes, { from, to: { seconds, position }, kind });
  }
  return { strokes, seconds, extent };
}

function addStroke(strokes: HeadStroke[], stroke: HeadStroke): void {
  const last = strokes.at(-1);
  // What is read on and on has one slope: it is one line.
  if (last?.kind === 'read' && stroke.kind === 'read') {
    strokes[strokes.length - 1] = { ...last, to: stroke.to };
  } else {
    strokes.push(stroke);
  }
}
