/** One thing that was looked at. */
export interface Check {
  /** What it is about: `El Torito`. */
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** What was found, or why not; no full stop. */
  readonly detail: string;
}

export function passed(name: string, detail: string): Check {
  return { name, verdict: 'passed', detail };
}

export function failed(name: string, detail: string): Check {
  return { name, verdict: 'failed', detail };
}

export function skipped(name: string, detail: string): Check {
  return { name, verdict: 'skipped', detail };
}
