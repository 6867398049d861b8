import { EXIT_CODES, isInterruption, SnapdiscError } from '../errors.js';
import { type Terminal, writeLine } from './terminal.js';

/** SIGHUP: the terminal was closed, or the connection to it is gone. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The error that everything ends with after Ctrl-C, SIGTERM or SIGHUP. */
export function interrupted(where: 'signal' | 'question'): SnapdiscError {
  return new SnapdiscError(`interrupted.${where}`, 'Interrupted.');
}

/** npx passes on the Ctrl-C that the terminal has already sent: one key, two signals. */
const SAME_KEY_MS = 300;

/**
 * Runs `work` with a signal that Ctrl-C, SIGTERM or SIGHUP aborts, so that it can clean up. A second one
 * ends the program at once, with whatever it leaves.
 * @throws whatever `work` throws; SnapdiscError `interrupted.*` once it was aborted, the work's own if it has one
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let first = 0;
  const onSignal = () => {
    if (controller.signal.aborted) {
      if (performance.now() - first < SAME_KEY_MS) return;
      process.exit(EXIT_CODES.interrupted);
    }
    first = performance.now();
    controller.abort(interrupted('signal'));
    writeLine(terminal.stderr, '\nCleaning up. Ctrl-C again quits at once.');
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const result = await work(controller.signal);
    // Work that was about to end has not heard of it.
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    // What fails because of the abort is no news, but what it leaves behind is.
    throw controller.signal.aborted && !isInterruption(error) ? controller.signal.reason : error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
