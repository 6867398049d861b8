import { type ErrorCode, SnapdiscError } from '../errors.js';

const SHOWN = 20;

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** Collects what is wrong with a tree, so that all of it is reported at once. */
export class Problems {
  readonly #found: Problem[] = [];

  add(code: ErrorCode, message: string, hint: string): void {
    this.#found.push({ code, message, hint });
  }

  /** @throws SnapdiscError with the first problem's code and the messages of all. */
  throwIfAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const lines = this.#found.slice(0, SHOWN).map((problem) => problem.message);
    const more = this.#found.length - lines.length;
    if (more > 0) lines.push(`... and ${more} more.`);
    const hints = new Set(this.#found.map((problem) => problem.hint));
    throw new SnapdiscError(first.code, lines.join('\n'), { hint: [...hints].join('\n') });
  }
}
