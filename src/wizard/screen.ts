import type { Reporter } from '../build/report.js';
import { failureReport } from '../cli/failure.js';
import { ProgressReporter } from '../cli/progress.js';
import { paint, type Terminal, writeLine } from '../cli/terminal.js';
import { SnapdiscError } from '../errors.js';

/** Whether a failure is one that the user can do something about: neither a bug nor Ctrl-C. */
export function isRemediable(error: unknown): error is SnapdiscError {
  return error instanceof SnapdiscError && !error.code.startsWith('interrupted.');
}

/** What the wizard writes between its questions. */
export class WizardScreen {
  readonly reporter: Reporter;
  readonly #progress: ProgressReporter;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#progress = new ProgressReporter({ output: terminal.stderr, env: terminal.env });
    this.reporter = this.#progress;
  }

  say(text = ''): void {
    writeLine(this.#terminal.stdout, text);
  }

  heading(text: string): void {
    const { stdout, env } = this.#terminal;
    this.say();
    this.say(paint(stdout, env).bold(text));
  }

  /** A failure that the user can do something about. */
  failure(error: SnapdiscError): void {
    this.#progress.abandon();
    const { stdout, env } = this.#terminal;
    const colours = paint(stdout, env);
    const { message, hint } = failureReport(error).error;
    this.say(`${colours.red('That does not work:')} ${message}`);
    if (hint !== undefined) this.say(`${colours.cyan('Hint:')} ${hint}`);
  }
}
