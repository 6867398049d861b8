import { setTimeout as sleep } from 'node:timers/promises';
import type { Export } from '../nbd/transmission.js';
import { DriveModel, type DriveTotals, type ModelledRead } from './drive-model.js';

/** What is wrong with the drive or its disc. */
export interface DriveFaults {
  /** How many times as long as the model everything takes. */
  readonly slowness?: number;
  /** Bytes of the disc that cannot be read: `start` to `end`, exclusive. */
  readonly bad?: readonly { readonly start: number; readonly end: number }[];
  /** The disc is out: every read fails at once. */
  readonly pulled?: boolean;
}

export interface LoggedRead extends ModelledRead {
  /** Seconds from power-on to the request. */
  readonly time: number;
  readonly failed: boolean;
}

/** In milliseconds; timers may be late, never early. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

export interface SimulatedDriveOptions {
  /** Bytes of the disc. */
  readonly size: number;
  readonly readAt: (offset: number, length: number) => Promise<Uint8Array>;
  /** Every read takes as long as the model says; without, the drive only counts. */
  readonly delays: boolean;
  readonly faults?: DriveFaults | undefined;
  /** Default: the real one. */
  readonly clock?: Clock;
}

/**
 * An optical drive with a disc in it: one head, so that requests wait for each other. Switched on when it
 * is made.
 */
export class SimulatedDrive implements Export {
  readonly size: number;
  /** What goes wrong from now on; may be set at any time. */
  faults: DriveFaults;
  /** Whether reads are logged; they count in any case. */
  isLogging = true;
  readonly #options: SimulatedDriveOptions;
  readonly #model = new DriveModel();
  readonly #log: LoggedRead[] = [];
  readonly #clock: Clock;
  readonly #powerOn: number;
  readonly #off = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();
  /** When the drive has done what it was asked so far, in milliseconds of the clock. */
  #freeAt = 0;
  /** Milliseconds by which waits were longer than asked for, not yet made good: timers are never early. */
  #overslept = 0;

  constructor(options: SimulatedDriveOptions) {
    this.#options = options;
    this.#clock = options.clock ?? REAL_CLOCK;
    this.#powerOn = this.#clock.now();
    this.size = options.size;
    this.faults = options.faults ?? {};
  }

  get totals(): DriveTotals {
    return this.#model.totals;
  }

  /** Every read so far, in the order in which they were served. */
  get log(): readonly LoggedRead[] {
    return this.#log;
  }

  /** Seconds since power-on. */
  get seconds(): number {
    return (this.#clock.now() - this.#powerOn) / 1000;
  }

  read(offset: number, length: number): Promise<Uint8Array | undefined> {
    const time = this.seconds;
    const result = this.#queue.then(() => this.#serve(offset, length, time));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Requests that still wait fail. */
  switchOff(): void {
    this.#off.abort();
  }

  async #serve(offset: number, length: number, time: number): Promise<Uint8Array | undefined> {
    if (this.#off.signal.aborted) return undefined;
    if (this.faults.pulled) {
      // Without a disc the head stays where it is.
      const idle = { offset, length, approach: 'sequential', seconds: 0 } as const;
      if (this.isLogging) this.#log.push({ ...idle, time, failed: true });
      return undefined;
    }
    const modelled = this.#model.read({ offset, length });
    const isBad = (this.faults.bad ?? []).some(
      ({ start, end }) => start < offset + length && offset < end,
    );
    // What a real drive cannot read, this one cannot either.
    const data = isBad
      ? undefined
      : await this.#options.readAt(offset, length).catch(() => undefined);
    if (this.isLogging) this.#log.push({ ...modelled, time, failed: data === undefined });
    if (this.#options.delays) await this.#work(modelled.seconds * (this.faults.slowness ?? 1));
    return this.#isGone() ? undefined : data;
  }

  #isGone(): boolean {
    return this.#off.signal.aborted || this.faults.pulled === true;
  }

  /** Waits until the drive would be done, the lateness of the timer before taken off. */
  async #work(seconds: number): Promise<void> {
    const now = this.#clock.now();
    this.#freeAt = Math.max(now - this.#overslept, this.#freeAt) + seconds * 1000;
    const left = this.#freeAt - now;
    // Lateness that this work has not used up counts for the next.
    this.#overslept = Math.max(0, -left);
    // What is shorter than a timer can wait is added to the next wait.
    if (left < 1) return;
    await this.#clock.sleep(left, this.#off.signal).catch(() => undefined);
    this.#overslept = Math.max(0, this.#clock.now() - this.#freeAt);
  }
}
