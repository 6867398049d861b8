import { createInterface } from 'node:readline';
import type { SimulatedDrive } from '../optical/simulated-drive.js';
import type { Terminal } from './terminal.js';

/** While `work` runs, each Enter on the terminal pauses the drive's log, or resumes it. */
export async function withPauseKey<T>(
  { stdin }: Pick<Terminal, 'stdin'>,
  drive: SimulatedDrive,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  // What a script's input is for, we cannot know.
  if (stdin.isTTY !== true) return work();
  say('Enter pauses the recording, and resumes it.');
  const lines = createInterface({ input: stdin });
  lines.on('line', () => {
    drive.isLogging = !drive.isLogging;
    say(drive.isLogging ? 'Recording.' : 'Paused.');
  });
  try {
    return await work();
  } finally {
    lines.close();
  }
}
