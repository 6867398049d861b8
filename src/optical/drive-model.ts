import { KIB } from '../units.js';

/**
 * A 24x CD-ROM drive, reduced to what decides how long a boot takes. Pure: it counts, nothing waits.
 * DESIGN 6 has the figures, which every measurement of this project uses.
 */

/** Seconds that the shortest head move takes: settling, and waiting for the sector to come round. */
const SHORTEST_MOVE = 0.08;
/** Seconds that the longest one takes besides. */
const FULL_STROKE = 0.12;
/** Bytes from the first sector of a full disc to its last. */
const FULL_STROKE_BYTES = 700_000_000;
/** Bytes that the drive rather reads through than skips. */
const READ_THROUGH = 512 * KIB;
/** Bytes a second of a drive that is "1x". */
const SINGLE_SPEED = 150_000;
/** "24x". */
const SPEED = 24;
/** Bytes a second. */
export const TRANSFER_RATE = SPEED * SINGLE_SPEED;

/** How the head comes to a read: it is there already, it reads on up to there, or it moves. */
export type Approach = 'sequential' | 'skip' | 'move';

/** One read of the drive, all in bytes of the disc. */
export interface DriveRead {
  readonly offset: number;
  readonly length: number;
}

export interface ModelledRead extends DriveRead {
  readonly approach: Approach;
  /** From the request to its last byte. */
  readonly seconds: number;
}

export interface DriveTotals {
  readonly requests: number;
  /** Bytes that were asked for. */
  readonly bytes: number;
  readonly headMoves: number;
  /** Gaps that were read through. */
  readonly shortSkips: number;
  /** Modelled seconds of all reads. */
  readonly seconds: number;
}

/** Seconds for a head move over `distance` bytes, forwards or backwards. */
export function moveSeconds(distance: number): number {
  return SHORTEST_MOVE + FULL_STROKE * Math.min(1, distance / FULL_STROKE_BYTES);
}

/** The drive: give it the reads in the order in which they come. */
export class DriveModel {
  readonly #transferRate: number;
  #position = 0;
  #totals: DriveTotals = { requests: 0, bytes: 0, headMoves: 0, shortSkips: 0, seconds: 0 };

  /** @param speed as written on drives: it reads so many times as fast as the first ones. */
  constructor(speed = SPEED) {
    this.#transferRate = speed * SINGLE_SPEED;
  }

  /** Byte of the disc that the head comes to next; a drive is switched on at 0. */
  get position(): number {
    return this.#position;
  }

  get totals(): DriveTotals {
    return this.#totals;
  }

  read({ offset, length }: DriveRead): ModelledRead {
    const { approach, seconds: way } = this.#approachTo(offset - this.#position);
    const seconds = way + length / this.#transferRate;
    this.#position = offset + length;
    const { requests, bytes, headMoves, shortSkips, seconds: before } = this.#totals;
    this.#totals = {
      requests: requests + 1,
      bytes: bytes + length,
      headMoves: headMoves + (approach === 'move' ? 1 : 0),
      shortSkips: shortSkips + (approach === 'skip' ? 1 : 0),
      seconds: before + seconds,
    };
    return { offset, length, approach, seconds };
  }

  /** @param distance bytes from the head to the read, negative for those behind it. */
  #approachTo(distance: number): { approach: Approach; seconds: number } {
    if (distance === 0) return { approach: 'sequential', seconds: 0 };
    if (distance > 0 && distance <= READ_THROUGH) {
      return { approach: 'skip', seconds: distance / this.#transferRate };
    }
    return { approach: 'move', seconds: moveSeconds(Math.abs(distance)) };
  }
}

/** What the drive makes of reads that are known already; `speed` as for the model. */
export function modelReads(reads: Iterable<DriveRead>, speed?: number): DriveTotals {
  const model = new DriveModel(speed);
  for (const read of reads) model.read(read);
  return model.totals;
}
