import { silentReporter, type WorkContext } from '../build/report.js';
import { interruptible } from './interrupt.js';
import { ProgressReporter } from './progress.js';
import type { Terminal } from './terminal.js';

/**
 * Runs `work` with its progress on standard error, unless `quiet`, and a signal for Ctrl-C.
 * @throws whatever `work` throws; SnapdiscError `interrupted.signal`
 */
export async function withProgress<T>(
  terminal: Terminal,
  quiet: boolean | undefined,
  work: (context: WorkContext) => Promise<T>,
): Promise<T> {
  const progress = new ProgressReporter({ output: terminal.stderr, env: terminal.env });
  const reporter = quiet === true ? silentReporter : progress;
  try {
    return await interruptible(terminal, (signal) => work({ reporter, signal }));
  } finally {
    progress.abandon();
  }
}
