import type { Readable, Writable } from 'node:stream';
import { Chalk, type ChalkInstance } from 'chalk';

/** A stream of output that may be a terminal. */
export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Input extends Readable {
  readonly isTTY?: boolean;
}

/** Where a command talks: data goes to `stdout`, messages and progress to `stderr`. */
export interface Terminal {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--no-input`: nobody is there to answer, even on a terminal. */
  readonly noInput?: boolean;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env };
}

/** Whether questions can be asked and answered. */
export function isInteractive({ stdin, stdout, stderr, noInput }: Terminal): boolean {
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true;
  return isTerminal && noInput !== true;
}

/** Colours only on a terminal that has them, and never against NO_COLOR (no-color.org). */
export function wantsColour(output: Output, env: Terminal['env']): boolean {
  const refused = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  return output.isTTY === true && !refused && env.TERM !== 'dumb';
}

/** Paints for `output`: sixteen colours, which every terminal's theme keeps readable. */
export function paint(output: Output, env: Terminal['env']): ChalkInstance {
  return new Chalk({ level: wantsColour(output, env) ? 1 : 0 });
}

export function writeLine(output: Output, text = ''): void {
  output.write(`${text}\n`);
}

/** Warns of what is no reason to stop. */
export function printWarnings(warnings: readonly string[], { stderr, env }: Terminal): void {
  for (const text of warnings)
    writeLine(stderr, `${paint(stderr, env).yellow('Warning:')} ${text}`);
}
