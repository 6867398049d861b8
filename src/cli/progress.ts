import type { Reporter } from '../build/report.js';
import { finishedLine, progressLine, type StageState } from './progress-line.js';
import { type Output, paint, type Terminal, writeLine } from './terminal.js';

export interface ProgressOptions {
  readonly output: Output;
  readonly env: Terminal['env'];
  /** Milliseconds, monotonic; for tests. */
  readonly now?: () => number;
}

const REDRAW_MS = 100;
const ERASE_LINE = '\r\x1b[K';

/**
 * Shows the stages of a build: on a terminal one line each that is drawn again as bytes go by;
 * elsewhere a line when a stage ends, fit for a log.
 */
export class ProgressReporter implements Reporter {
  readonly #output: Output;
  readonly #env: Terminal['env'];
  readonly #now: () => number;
  #stage: { title: string; total: number | undefined; done: number; began: number } | undefined;
  #drawn = 0;

  constructor(options: ProgressOptions) {
    this.#output = options.output;
    this.#env = options.env;
    this.#now = options.now ?? (() => performance.now());
  }

  stage(title: string, totalBytes?: number): void {
    this.done();
    this.#stage = { title, total: totalBytes, done: 0, began: this.#now() };
    this.#draw();
  }

  advance(bytes: number): void {
    if (this.#stage === undefined) return;
    this.#stage.done += bytes;
    if (this.#now() - this.#drawn >= REDRAW_MS) this.#draw();
  }

  note(text: string): void {
    this.#message(text);
  }

  warn(text: string): void {
    this.#message(`${this.#colours.yellow('Warning:')} ${text}`);
  }

  done(): void {
    const state = this.#state();
    if (state === undefined) return;
    this.#stage = undefined;
    const mark = this.#isTerminal ? `${ERASE_LINE}${this.#colours.green('ok')} ` : '';
    writeLine(this.#output, `${mark}${finishedLine(state)}`);
  }

  /** Takes an unfinished line away, before an error is printed. */
  abandon(): void {
    if (this.#stage !== undefined && this.#isTerminal) this.#output.write(ERASE_LINE);
    this.#stage = undefined;
  }

  get #isTerminal(): boolean {
    // A dumb terminal cannot erase a line.
    return this.#output.isTTY === true && this.#env.TERM !== 'dumb';
  }

  get #colours() {
    return paint(this.#output, this.#env);
  }

  #state(): StageState | undefined {
    if (this.#stage === undefined) return undefined;
    const { title, total, done, began } = this.#stage;
    return { title, total, done, seconds: (this.#now() - began) / 1000 };
  }

  #draw(): void {
    const state = this.#state();
    if (state === undefined || !this.#isTerminal) return;
    this.#drawn = this.#now();
    // The last column stays free: some terminals wrap when it is filled.
    const columns = (this.#output.columns ?? 80) - 4;
    this.#output.write(`${ERASE_LINE}   ${progressLine(state, columns)}`);
  }

  #message(text: string): void {
    if (this.#stage !== undefined && this.#isTerminal) this.#output.write(ERASE_LINE);
    writeLine(this.#output, text);
    this.#draw();
  }
}
