/**
 * How the pipeline tells what it is doing. The command line draws bars, tests collect strings; the
 * pipeline never prints.
 */
export interface Reporter {
  /** A new stage begins and ends the one before it. Without `totalBytes` its length is unknown. */
  stage(title: string, totalBytes?: number): void;
  /** So many more bytes of the stage's total are done. */
  advance(bytes: number): void;
  /** Something worth knowing, a full sentence. */
  note(text: string): void;
  /** Something that may surprise later, a full sentence. */
  warn(text: string): void;
  /** The last stage is over. May be called twice, and after a failure. */
  done(): void;
}

/** What work is given that takes a while. */
export interface WorkContext {
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** For callers that want no reports. */
export const silentReporter: Reporter = {
  stage() {},
  advance() {},
  note() {},
  warn() {},
  done() {},
};
