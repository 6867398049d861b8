import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchBuildSpeed } from './build-speed.js';
import { benchGuard } from './guard.js';
import { benchInitrd } from './initrd-size.js';
import { type Bench, Inputs } from './inputs.js';
import { benchLeastRam } from './least-ram.js';
import { describeMachine } from './machine.js';
import { benchMemory } from './memory.js';
import { descendants } from './process-tree.js';
import { type Figure, markdownTable, replaceBetween } from './table.js';

/** Runs the benchmarks, prints their table, and after a whole run writes it to BENCHMARKS.md. */

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENT = path.join(PROJECT, 'BENCHMARKS.md');
const MARKERS = ['<!-- make bench: begin -->', '<!-- make bench: end -->'] as const;

const SECTIONS = {
  build: benchBuildSpeed,
  memory: benchMemory,
  initrd: benchInitrd,
  'ram-i386': (bench: Bench, inputs: Inputs) => benchLeastRam(bench, inputs, ['i386']),
  'ram-amd64': (bench: Bench, inputs: Inputs) => benchLeastRam(bench, inputs, ['amd64']),
  'ram-busybox': (bench: Bench, inputs: Inputs) => benchLeastRam(bench, inputs, ['busybox']),
  guard: benchGuard,
};
const NAMES = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];

const USAGE = `usage: main.ts [--rounds N] [--boot-seconds N] [SECTION...]
Sections: ${NAMES.join(', ')}. Without any: all, and BENCHMARKS.md is written.
--rounds: how often each build and copy runs (5). --boot-seconds: to a shell (240).
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, 'boot-seconds': { type: 'string' } },
  });
  const sections = NAMES.filter((name) => positionals.length === 0 || positionals.includes(name));
  const unknown = positionals.filter((name) => !NAMES.some((known) => known === name));
  const rounds = Number(values.rounds ?? 5);
  const bootSeconds = Number(values['boot-seconds'] ?? 240);
  if (unknown.length > 0 || !(rounds >= 1) || !(bootSeconds >= 1)) throw new Error(USAGE);

  // Beside the project, not in a temporary folder, which may be in memory.
  const cache = path.join(PROJECT, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  for (const [signal, status] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => {
      say(`Ended by ${signal}`);
      endDescendants();
      process.exit(status);
    });
  }
  const bench: Bench = { folder, rounds: Math.floor(rounds), bootSeconds, say };
  const inputs = new Inputs(bench);

  const [loadBefore = 0] = loadavg();
  const figures: Figure[] = [];
  for (const name of sections) {
    say(`--- ${name}`);
    figures.push(...(await SECTIONS[name](bench, inputs)));
  }
  const table = markdownTable(figures);
  process.stdout.write(`${table}\n`);
  if (sections.length < NAMES.length) return;
  const today = new Date().toISOString().slice(0, 10);
  const text = [
    `Made by \`make bench\` on ${today}, ${bench.rounds} rounds, ${bootSeconds} s to a shell.`,
    `The machine: ${await describeMachine(folder)}.`,
    `Load average of other work when it began: ${loadBefore.toFixed(1)}.`,
  ].join('\n');
  const before = await readFile(DOCUMENT, 'utf8');
  await writeFile(DOCUMENT, replaceBetween(before, MARKERS, `\n${text}\n\n${table}\n`));
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

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
