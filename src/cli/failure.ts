import { EXIT_CODES, SnapdiscError } from '../errors.js';
import { paint, type Terminal, writeLine } from './terminal.js';

export interface FailureStyle {
  /** One JSON document on standard output instead of words. */
  readonly json: boolean;
  /** The stack trace too. */
  readonly debug: boolean;
}

/** What a failure looks like to a program. */
export interface FailureReport {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly exitCode: number;
  };
}

const BUG_HINT =
  'This is a bug in snapdisc. Run the command again with --debug and report what it prints.';

/** Pure: any thrown value as data. */
export function failureReport(error: unknown): FailureReport {
  if (error instanceof SnapdiscError) {
    const { code, message, hint, exitCode } = error;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }), exitCode } };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    error: {
      code: 'internal.bug',
      message: `Something went wrong that should not: ${message}`,
      hint: BUG_HINT,
      exitCode: EXIT_CODES.internal,
    },
  };
}

/** Tells a failure the way `style` asks for and gives the exit code. */
export function printFailure(error: unknown, terminal: Terminal, style: FailureStyle): number {
  const report = failureReport(error);
  const { message, hint, exitCode } = report.error;
  // What they differ in has been told.
  if (exitCode === EXIT_CODES.different) return exitCode;
  const { stdout, stderr, env } = terminal;
  if (style.json) {
    const facts = error instanceof SnapdiscError ? error.facts : undefined;
    writeLine(stdout, JSON.stringify({ ...facts, ...report }, null, 2));
  } else {
    const colours = paint(stderr, env);
    // The user's own doing is no error.
    const mark = exitCode === EXIT_CODES.interrupted ? '' : `${colours.red.bold('Error:')} `;
    writeLine(stderr, `${mark}${message}`);
    if (hint !== undefined) writeLine(stderr, `${colours.cyan('Hint:')} ${hint}`);
  }
  if (style.debug) writeLine(stderr, traceOf(error));
  return exitCode;
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? String(error);
  return error.cause === undefined ? stack : `${stack}\nCaused by: ${traceOf(error.cause)}`;
}
