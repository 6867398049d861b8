import type { Readable, Writable } from 'node:stream';
import { type ErrorCode, SnapdiscError } from '../errors.js';
import { TerminalText } from './terminal-text.js';

/** What `expect` found. */
export interface Match {
  /** The text that came between the previous match and this one. */
  readonly before: string;
  /** The matched text. */
  readonly text: string;
  /** The pattern's groups, the first at 0. */
  readonly groups: readonly (string | undefined)[];
}

export interface ConsoleOptions {
  /** Text after which nothing good can come: `expect` fails at once and quotes it. */
  readonly fatal?: RegExp;
  /** Sees the plain text as it comes, for `-v`. */
  readonly onText?: (text: string) => void;
}

/** Characters of output that are kept; a machine that prints without end must not fill our memory. */
const MAX_TRANSCRIPT = 8 * 1024 * 1024;
/** Lines of the console that an error message quotes. */
const QUOTED_LINES = 20;
/** Characters of each of them. */
const QUOTED_LENGTH = 240;

/**
 * The two ends of a serial line: waits for output, sends input. `expect` reads on from where the
 * last match ended, so each piece of output is matched once.
 */
export class SerialConsole {
  readonly #input: Writable;
  readonly #fatal: RegExp | undefined;
  readonly #waiters = new Set<() => void>();
  #transcript = '';
  /** Where the next match may start. */
  #cursor = 0;
  #ended: string | undefined;

  constructor(output: Readable, input: Writable, options: ConsoleOptions = {}) {
    this.#input = input;
    this.#fatal = options.fatal === undefined ? undefined : withoutState(options.fatal);
    const text = new TerminalText();
    output.on('data', (piece: Uint8Array) => {
      const plain = text.push(piece);
      if (plain === '') return;
      options.onText?.(plain);
      this.#append(plain);
    });
    // A machine that goes breaks both streams; why it went, `end` tells.
    output.on('error', () => {});
    input.on('error', () => {});
  }

  /** All plain text so far, or its last 8 million characters. */
  get transcript(): string {
    return this.#transcript;
  }

  /** The plain text that no `expect` has passed yet. */
  get unread(): string {
    return this.#transcript.slice(this.#cursor);
  }

  /** The last lines, as error messages quote them. */
  lastLines(count = QUOTED_LINES): string {
    // A menu is drawn without newlines: one long line, whose end is what came last.
    const lines = this.#transcript.split('\n').map((line) => line.trimEnd().slice(-QUOTED_LENGTH));
    return lines
      .filter((line) => line !== '')
      .slice(-count)
      .join('\n');
  }

  /** Types `text`; a newline is what the Enter key sends. */
  send(text: string): void {
    if (!this.#input.destroyed) this.#input.write(text);
  }

  /**
   * Waits until `pattern` is in the unread output, and reads up to its end.
   * @throws SnapdiscError `vm.timeout` after `timeoutSeconds`, `vm.fatal` when the fatal pattern
   *   comes first, `vm.ended` when no more output can come. The message quotes the last lines.
   */
  async expect(pattern: string | RegExp, timeoutSeconds: number): Promise<Match> {
    const regExp = typeof pattern === 'string' ? literal(pattern) : withoutState(pattern);
    const deadline = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      const match = this.#take(regExp);
      if (match !== undefined) return match;
      const wanted = `while waiting for ${typeof pattern === 'string' ? `"${pattern}"` : pattern}`;
      const fatal = this.#fatal?.exec(this.unread)?.[0];
      if (fatal !== undefined)
        throw this.#error('vm.fatal', `The virtual machine said "${fatal}" ${wanted}.`);
      if (this.#ended !== undefined)
        throw this.#error('vm.ended', `The virtual machine is gone (${this.#ended}) ${wanted}.`);
      const left = deadline - Date.now();
      if (left <= 0) {
        const message = `Nothing came within ${timeoutSeconds} s ${wanted}.`;
        throw this.#error('vm.timeout', message);
      }
      await this.#change(left);
    }
  }

  /**
   * Tells all who wait that no more output will come, and why: the owner of the streams calls it
   * when the far end is gone. The first reason counts.
   */
  end(reason: string): void {
    this.#ended ??= reason;
    this.#wake();
  }

  #append(plain: string): void {
    this.#transcript += plain;
    const excess = this.#transcript.length - MAX_TRANSCRIPT;
    if (excess > 0) {
      this.#transcript = this.#transcript.slice(excess);
      this.#cursor = Math.max(0, this.#cursor - excess);
    }
    this.#wake();
  }

  #take(regExp: RegExp): Match | undefined {
    const unread = this.unread;
    const found = regExp.exec(unread);
    if (found === null) return undefined;
    this.#cursor += found.index + found[0].length;
    return { before: unread.slice(0, found.index), text: found[0], groups: found.slice(1) };
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  #change(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#waiters.add(wake);
    });
  }

  #error(code: ErrorCode, message: string): SnapdiscError {
    const lines = this.lastLines();
    const quote = lines === '' ? 'Its console is empty.' : `The console's last lines:\n${lines}`;
    return new SnapdiscError(code, `${message} ${quote}`);
  }
}

/** The same pattern without the flags that would make it remember its last match. */
function withoutState(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
}
