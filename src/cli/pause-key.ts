import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { SimulatedDrive } from '../optical/simulated-drive.js';
import { isInBackground } from '../process-stat.js';
import type { Terminal } from './terminal.js';

/** While `work` runs, each Enter on the terminal pauses the drive's log, or resumes it. */
export async function withPauseKey<T>(
  { stdin }: Pick<Terminal, 'stdin'>,
  drive: SimulatedDrive,
  say: (line: string) => void,
  work: () => Promise<T>,
  ownStat: () => string = () => readFileSync('/proc/self/stat', 'latin1'),
): Promise<T> {
  // What a script's input is for, we cannot know. In the background it is the shell's.
  if (stdin.isTTY !== true || isInBackground(ownStat())) return work();
  say('Enter pauses the recording, and resumes it.');
  const lines = createInterface({ input: stdin });
  // A process that is sent there (Ctrl-Z, bg) would be stopped by the next line that somebody types.
  const listen = () => (isInBackground(ownStat()) ? lines.pause() : lines.resume());
  process.on('SIGCONT', listen);
  lines.on('line', () => {
    drive.isLogging = !drive.isLogging;
    say(drive.isLogging ? 'Recording.' : 'Paused.');
  });
  try {
    return await work();
  } finally {
    process.off('SIGCONT', listen);
    lines.close();
  }
}
