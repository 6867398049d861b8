import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../src/process.js';
import { extractInitrd } from './disc-initrd.js';
import {
  type Bench,
  benchScript,
  buildCommand,
  EMPTY_PROFILE,
  firstBuildCommand,
  type Inputs,
  tool,
} from './inputs.js';
import { measure, type Usage } from './measure.js';
import { median, pairwiseRatios } from './statistics.js';
import { type Figure, formatSpread } from './table.js';

type Contender = 'copy' | 'plain' | 'checked' | 'first' | 'usual' | 'profiled' | 'named';

/** Two that ran in turn, the n-th runs of both right after each other. */
export interface Duel {
  readonly metric: string;
  readonly pair: readonly [Contender, Contender];
  /** The largest share of the second one's time that meets the target. */
  readonly atMost: number;
}

export const DUELS: readonly Duel[] = [
  {
    metric: 'Build without checksums / copy of the ISO and fsync',
    pair: ['plain', 'copy'],
    atMost: 2,
  },
  { metric: 'Build / copy of the ISO and fsync', pair: ['checked', 'copy'], atMost: 3 },
  { metric: 'First build (5) / copy of the ISO and fsync', pair: ['first', 'copy'], atMost: 3 },
  { metric: 'Build / the usual way (2)', pair: ['checked', 'usual'], atMost: 0.5 },
  { metric: 'First build (5) / the usual way (2)', pair: ['first', 'usual'], atMost: 0.5 },
  { metric: 'Build --profile / build by names alone', pair: ['profiled', 'named'], atMost: 1.1 },
];

const NAMES: Record<Contender, string> = {
  plain: 'Build without checksums',
  checked: 'Build',
  first: 'First build (5)',
  copy: 'Copy of the ISO and fsync',
  usual: 'The usual way (2)',
  profiled: 'Build --profile',
  named: 'Build by names alone',
};

/** Of the same system. */
const PROFILE = fileURLToPath(new URL('../profiles/debian-amd64.profile', import.meta.url));

/** The runs of both of a duel, in the order of its pair. */
export type Runs = readonly [Usage[], Usage[]];

/** A build against a copy of the same bytes, and against the usual way to make a disc. */
export async function benchBuildSpeed(bench: Bench, inputs: Inputs): Promise<Figure[]> {
  const { folder, rounds, say } = bench;
  const rootfs = await inputs.rootfs('amd64');
  const disc = await inputs.disc('amd64');
  const initrd = await extractInitrd(disc, folder);
  const output = path.join(folder, 'output.iso');
  const work = path.join(folder, 'usual-way');
  const nothing = path.join(folder, 'nothing.profile');
  await writeFile(nothing, EMPTY_PROFILE);
  const commands: Record<Contender, string[]> = {
    // A copy that shares its blocks with the original would write nothing.
    copy: ['sh', '-c', 'cp --reflink=never "$1" "$2" && sync "$2"', 'sh', disc, output],
    plain: buildCommand(rootfs, output, ['--no-checksums']),
    checked: buildCommand(rootfs, output),
    first: firstBuildCommand(rootfs, output),
    usual: [benchScript('usual-way.sh'), rootfs, initrd, work, output],
    profiled: buildCommand(rootfs, output, [`--profile=${PROFILE}`]),
    named: buildCommand(rootfs, output, [`--profile=${nothing}`]),
  };
  const results = new Map<Duel, Runs>();
  for (const duel of DUELS) {
    const runs: Runs = [[], []];
    for (let round = 0; round < rounds; round++) {
      // There and back, so that nobody always comes first.
      for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        await settle([output, work], [rootfs, disc]);
        const contender = duel.pair[side];
        const usage = await measure(commands[contender]);
        runs[side].push(usage);
        say(`${contender} in round ${round + 1} of ${rounds}: ${usage.seconds} s`);
      }
    }
    results.set(duel, runs);
  }
  for (const leftover of [output, work]) await rm(leftover, { recursive: true, force: true });
  return speedFigures(results);
}

/** Everybody finds the same: the input in memory, nothing else waiting to be written. */
async function settle(leftovers: readonly string[], inputs: readonly string[]): Promise<void> {
  for (const leftover of leftovers) await rm(leftover, { recursive: true, force: true });
  await run(tool('sync', 'coreutils'), []);
  await run(tool('sh', 'dash'), ['-c', 'cat "$@" >/dev/null', 'sh', ...inputs]);
}

/** The rows of the table: first who won by how much, then the times of each, of all duels. Pure. */
export function speedFigures(results: ReadonlyMap<Duel, Runs>): Figure[] {
  const usages = new Map<Contender, Usage[]>();
  const figures: Figure[] = [];
  for (const [{ metric, pair, atMost }, runs] of results) {
    const [ours, theirs] = runs.map((list) => list.map(({ seconds }) => seconds));
    const ratios = pairwiseRatios(ours ?? [], theirs ?? []);
    const remark = formatSpread(ratios, 'ratio');
    figures.push({ metric, unit: 'ratio', value: median(ratios), atMost, remark });
    for (const side of [0, 1] as const) {
      usages.set(pair[side], [...(usages.get(pair[side]) ?? []), ...runs[side]]);
    }
  }
  for (const [contender, list] of usages) {
    const seconds = list.map((usage) => usage.seconds);
    const cpu = median(list.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2);
    const remark = `${formatSpread(seconds, 's')}; ${cpu} s of processor time`;
    const metric = `${NAMES[contender]}, time`;
    figures.push({ metric, unit: 's', value: median(seconds), remark });
  }
  return figures;
}
