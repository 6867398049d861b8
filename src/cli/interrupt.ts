import { EXIT_CODES, SnapdiscError } from '../errors.js';
import { type Terminal, writeLine } from './terminal.js';

/** The error that everything ends with after Ctrl-C or SIGTERM. */
export function interrupted(where: 'signal' | 'question'): SnapdiscError {
  return new SnapdiscError(`interrupted.${where}`, 'Interrupted.');
}

/**
 * Runs `work` with a signal that Ctrl-C or SIGTERM aborts, so that it can clean up. A second one ends
 * the program at once, with whatever it leaves.
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted);
    controller.abort(interrupted('signal'));
    writeLine(terminal.stderr, '\nCleaning up. Ctrl-C again quits at once.');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    // What fails because of the abort is no news.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
