import type { BuildPlan, BuildResult } from '../build/plan.js';
import { shellCommand } from '../process.js';
import { formatBytes, formatDuration } from './format.js';

/** What to say when the disc is there: what it is, who can log in, what to do next. Pure. */
export function resultLines(plan: BuildPlan, result: BuildResult): string[] {
  return [
    `${result.output}: ${formatBytes(result.size)}, made in ${formatDuration(result.seconds)}.`,
    plan.login,
    `Try it: ${shellCommand(['snapdisc', 'run', argument(result.output)])}`,
  ];
}

/** A path that no parser takes for an option. */
export function argument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path;
}
