import { parseArgs } from 'node:util';
import { benchBuildSpeed } from './build-speed.js';
import { benchGuard } from './guard.js';
import { benchInitrd } from './initrd-size.js';
import { type Bench, Inputs } from './inputs.js';
import { benchLeastRam } from './least-ram.js';
import { benchMemory } from './memory.js';
import { benchProfileCost } from './profile-cost.js';
import { benchSession, type Session } from './session.js';
import { type Figure, markdownTable } from './table.js';

/** Runs the benchmarks, prints their table, and after a whole run writes it to BENCHMARKS.md. */

const SECTIONS = {
  build: benchBuildSpeed,
  memory: benchMemory,
  initrd: benchInitrd,
  'ram-i386': (bench: Bench, inputs: Inputs) => benchLeastRam(bench, inputs, ['i386']),
  'ram-amd64': (bench: Bench, inputs: Inputs) => benchLeastRam(bench, inputs, ['amd64']),
  'ram-busybox': (bench: Bench, inputs: Inputs) => benchLeastRam(bench, inputs, ['busybox']),
  profile: benchProfileCost,
  guard: benchGuard,
};
const NAMES = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];

const USAGE = `usage: main.ts [--rounds N] [--boot-seconds N] [SECTION...]
Sections: ${NAMES.join(', ')}. Without any: all, and BENCHMARKS.md is written.
--rounds: how often each build and copy runs (5). --boot-seconds: to a shell (240).
`;

async function main({ folder, say, publish }: Session): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, 'boot-seconds': { type: 'string' } },
  });
  const sections = NAMES.filter((name) => positionals.length === 0 || positionals.includes(name));
  const unknown = positionals.filter((name) => !NAMES.some((known) => known === name));
  const rounds = Number(values.rounds ?? 5);
  const bootSeconds = Number(values['boot-seconds'] ?? 240);
  if (unknown.length > 0 || !(rounds >= 1) || !(bootSeconds >= 1)) throw new Error(USAGE);

  const bench: Bench = { folder, rounds: Math.floor(rounds), bootSeconds, say };
  const inputs = new Inputs(bench);
  const figures: Figure[] = [];
  for (const name of sections) {
    say(`--- ${name}`);
    figures.push(...(await SECTIONS[name](bench, inputs)));
  }
  const table = markdownTable(figures);
  process.stdout.write(`${table}\n`);
  if (sections.length < NAMES.length) return;
  await publish('make bench', `${bench.rounds} rounds, ${bootSeconds} s to a shell`, table);
}

await benchSession(main);
