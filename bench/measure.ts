import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SnapdiscError } from '../src/errors.js';
import { converse, shellCommand, type Tool, toolError } from '../src/process.js';
import { KIB } from '../src/units.js';
import { TreeMemory } from './process-tree.js';

/** What one command took, from its start to its end, as the kernel counts it. */
export interface Usage {
  /** Elapsed. */
  readonly seconds: number;
  /** User and system time of the command and all processes it waited for. */
  readonly cpuSeconds: number;
  /** Bytes: the resident set of the largest of its processes, at its peak. */
  readonly peakBytes: number;
}

const TIME: Tool = { program: 'time', purpose: 'measures commands', debianPackage: 'time' };
const FORMAT = '%e %U %S %M';

/**
 * Runs a command to its end, as a whole process.
 * @param onStart is told its process id.
 * @throws SnapdiscError `tool.missing` or `tool.failed`, with the last of what it said.
 */
export async function measure(
  command: readonly string[],
  onStart?: (pid: number) => void,
): Promise<Usage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'snapdisc-bench-'));
  try {
    const report = path.join(folder, 'usage');
    const child = converse(TIME, ['-f', FORMAT, '-o', report, ...command]);
    if (child.pid !== undefined) onStart?.(child.pid);
    let said = '';
    child.stdin?.end();
    child.stdout?.resume();
    child.stderr?.on('data', (piece: Uint8Array) => {
      said = (said + Buffer.from(piece).toString('utf8')).slice(-2000);
    });
    const result = await child;
    if (result.code === 'ENOENT') throw toolError(TIME, result);
    if (result.exitCode !== 0) {
      const message = `${shellCommand(command)} failed: ${said.trim() || result.shortMessage}`;
      throw new SnapdiscError('tool.failed', message);
    }
    return parseUsage(await readFile(report, 'latin1'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The same, and the memory of all its processes together, in bytes: see TreeMemory. Looking at it
 * takes time, so the seconds are not comparable with those of `measure`.
 */
export async function measureMemory(
  command: readonly string[],
): Promise<Usage & { readonly treePeakBytes: number }> {
  const memory = new TreeMemory();
  try {
    const usage = await measure(command, (pid) => memory.watch(pid));
    return { ...usage, treePeakBytes: memory.peak };
  } finally {
    memory.stop();
  }
}

/** @throws Error for anything but four numbers in the order of FORMAT. */
export function parseUsage(report: string): Usage {
  const fields = /^([\d.]+) ([\d.]+) ([\d.]+) (\d+)\n$/.exec(report);
  if (fields === null) throw new Error(`time printed ${JSON.stringify(report)}`);
  const [seconds = 0, user = 0, system = 0, kibibytes = 0] = fields.slice(1).map(Number);
  return { seconds, cpuSeconds: user + system, peakBytes: kibibytes * KIB };
}
