/**
 * Every failure a user can cause or meet, in one class. `code` is stable and dotted
 * (`source.corrupt`); its first word decides the exit code, so that scripts can tell the
 * families apart (docs/exit-codes.md).
 */
export const EXIT_CODES = {
  /** A bug in snapdisc: anything that is not a SnapdiscError. */
  internal: 1,
  /** Wrong flags, wrong values, a prompt that nobody can answer. */
  usage: 2,
  /** The root filesystem source: missing, empty, corrupt, unreadable, changed while read. */
  source: 3,
  /** The root filesystem lacks what a live CD needs: kernel, modules, busybox, dmsetup. */
  rootfs: 4,
  /** A program or file is missing on the machine that builds. */
  tool: 5,
  /** The output: exists already, lies inside the source, disk full. */
  output: 6,
  /** The virtual machine failed, or the disc in it did not do what was expected. */
  vm: 7,
  /** An ISO or image given as input is not what it should be. */
  image: 8,
  /** Two discs that were compared differ: no failure, but what a script asks. */
  different: 9,
  /** Ctrl-C, SIGTERM or SIGHUP: 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;

export type ErrorFamily = keyof typeof EXIT_CODES;
export type ErrorCode = `${ErrorFamily}.${string}`;

export interface ErrorDetails {
  /** What to do about it, one or more full sentences. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** What was found out all the same; `--json` shows it beside the error. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A failure with a message for people, a stable code for programs and an exit code for shells. */
export class SnapdiscError extends Error {
  override readonly name = 'SnapdiscError';
  readonly code: ErrorCode;
  readonly exitCode: number;
  // Declared only: a property that is there and undefined is more than some reporters can print.
  declare readonly hint?: string;
  declare readonly facts?: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.exitCode = EXIT_CODES[code.slice(0, code.indexOf('.')) as ErrorFamily];
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.facts !== undefined) this.facts = details.facts;
  }
}

/** Whether something ended because the user wanted it to. */
export function isInterruption(error: unknown): error is SnapdiscError {
  return error instanceof SnapdiscError && error.exitCode === EXIT_CODES.interrupted;
}
