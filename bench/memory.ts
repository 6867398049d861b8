import { rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../src/process.js';
import { type Bench, benchScript, firstBuildCommand, type Inputs, tool } from './inputs.js';
import { measureMemory } from './measure.js';
import { type Figure, formatSpread } from './table.js';

/** Bytes. */
const TARGET = 250e6;

/** The memory that builds need, of one root filesystem and of one four times as big. */
export async function benchMemory(bench: Bench, inputs: Inputs): Promise<Figure[]> {
  const rootfs = await inputs.rootfs('amd64');
  const figures = await memoryFigures('the root filesystem', rootfs, bench);
  bench.say('making a root filesystem four times as big');
  const large = path.join(bench.folder, 'four-times.tar');
  const script = tool(benchScript('four-times.sh'), 'tar');
  await run(script, [rootfs, path.join(bench.folder, 'unpacked'), large]);
  figures.push(...(await memoryFigures('one four times as big', large, bench)));
  await rm(large);
  return figures;
}

async function memoryFigures(of: string, rootfs: string, bench: Bench): Promise<Figure[]> {
  const { folder, rounds, say } = bench;
  const output = path.join(folder, 'output.iso');
  const largest: number[] = [];
  const together: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { peakBytes, treePeakBytes } = await measureMemory(firstBuildCommand(rootfs, output));
    largest.push(peakBytes);
    together.push(treePeakBytes);
    const megabytes = Math.round(peakBytes / 1e6);
    say(`round ${round + 1} of ${rounds}, memory for ${of}: ${megabytes} MB`);
  }
  await rm(output);
  return [
    worst(`Peak memory of a first build (5) of ${of}: its largest process`, largest),
    worst(`Peak memory of a first build (5) of ${of}: all processes together (3)`, together),
  ];
}

/** The worst run counts: memory that is not there cannot be averaged out. */
function worst(metric: string, bytes: readonly number[]): Figure {
  const remark = formatSpread(bytes, 'MB');
  return { metric, unit: 'MB', value: Math.max(...bytes), atMost: TARGET, remark };
}
