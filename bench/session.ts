import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './machine.js';
import { descendants } from './process-tree.js';
import { replaceBetween } from './table.js';

/** What every program of the benchmarks does around its measurements. */

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENT = path.join(PROJECT, 'BENCHMARKS.md');

export interface Session {
  /** A folder for everything that is made; gone at the end. */
  readonly folder: string;
  /** Tells people what is going on. */
  readonly say: (line: string) => void;
  /** Puts a table and how it was made into BENCHMARKS.md, between the markers of the command. */
  readonly publish: (command: string, how: string, table: string) => Promise<void>;
}

/** Runs `work`; a signal ends it and all it started. What goes wrong is this process's exit code. */
export async function benchSession(work: (session: Session) => Promise<void>): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    await work(await openSession(say));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function openSession(say: Session['say']): Promise<Session> {
  // Beside the project, not in a temporary folder, which may be in memory.
  const cache = path.join(PROJECT, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const [signal, status] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => {
      say(`Ended by ${signal}`);
      endDescendants();
      process.exit(status);
    });
  }
  const [load = 0] = loadavg();
  return { folder, say, publish };

  async function publish(command: string, how: string, table: string): Promise<void> {
    const today = new Date().toISOString().slice(0, 10);
    const text = [
      `Made by \`${command}\` on ${today}, ${how}.`,
      `The machine: ${await describeMachine(folder)}.`,
      `Load average of other work when it began: ${load.toFixed(1)}.`,
    ].join('\n');
    const markers = [`<!-- ${command}: begin -->`, `<!-- ${command}: end -->`] as const;
    const before = await readFile(DOCUMENT, 'utf8');
    await writeFile(DOCUMENT, replaceBetween(before, markers, `\n${text}\n\n${table}\n`));
  }
}

/** `time` does not pass a signal on to what it measures. */
function endDescendants(): void {
  for (const pid of descendants(process.pid)) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  }
}
