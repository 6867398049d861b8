/** What the rows of `make bench-optical` have to reach. Pure. */

/** A row, as far as targets look at it. */
export interface DriveRow {
  /** The Debian: `i386`. */
  readonly system: string;
  readonly name: string;
  readonly memoryMiB: number;
  readonly headMoves: number;
  /** Modelled seconds of the drive. */
  readonly seconds: number;
}

export type DriveTarget =
  /** So much at most. */
  | { readonly kind: 'limits'; readonly seconds: number; readonly headMoves: number }
  /** Fewer modelled seconds than each of these rows of the same system has. */
  | { readonly kind: 'faster'; readonly than: readonly string[]; readonly inWords: string }
  /** At least this share of what `to` gains over `from`, two rows of the same system and memory. */
  | {
      readonly kind: 'gain';
      readonly share: number;
      readonly from: string;
      readonly to: string;
    };

/** The row's cell: what is asked for, and whether it is met; that is left open where rows are missing. */
export function targetCell(
  row: DriveRow,
  target: DriveTarget | undefined,
  all: readonly DriveRow[],
): string {
  if (target === undefined) return '';
  const met = isReached(row, target, all);
  const verdict = met === undefined ? 'not compared' : met ? 'yes' : 'no';
  return `${targetText(target)}: ${verdict}`;
}

function targetText(target: DriveTarget): string {
  switch (target.kind) {
    case 'limits':
      return `${target.seconds} s, ${target.headMoves} moves`;
    case 'faster':
      return `fewer s than ${target.inWords}`;
    case 'gain':
      return `${target.share * 100} % of the gain`;
  }
}

/** Undefined where a row that it is compared with is not there. */
function isReached(
  row: DriveRow,
  target: DriveTarget,
  all: readonly DriveRow[],
): boolean | undefined {
  const peers = all.filter(({ system }) => system === row.system);
  switch (target.kind) {
    case 'limits':
      return row.seconds <= target.seconds && row.headMoves <= target.headMoves;
    case 'faster': {
      const others = target.than.map((name) => peers.find((other) => other.name === name));
      if (others.includes(undefined)) return undefined;
      return others.every((other) => other !== undefined && row.seconds < other.seconds);
    }
    case 'gain': {
      const like = peers.filter(({ memoryMiB }) => memoryMiB === row.memoryMiB);
      const from = like.find(({ name }) => name === target.from);
      const to = like.find(({ name }) => name === target.to);
      if (from === undefined || to === undefined) return undefined;
      return from.seconds - row.seconds >= target.share * (from.seconds - to.seconds);
    }
  }
}
