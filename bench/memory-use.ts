import { KIB, MIB } from '../src/units.js';
import type { Figure } from './table.js';

/** What a machine's memory is spent on, by the kernel's own words. Pure but for the command. */

/** For a shell of the machine; its output is `memoryUse`'s. */
export const MEMORY_USE = `cat /proc/meminfo
cat /sys/block/zram*/mm_stat 2>/dev/null | while read -r _ _ used _; do echo "Zram: $used"; done
for process in /proc/[0-9]*; do
  read -r name 2>/dev/null <"$process/comm" || continue
  while read -r key value _; do
    [ "$key" != Pss: ] || echo "Process: $value $name"
  done 2>/dev/null <"$process/smaps_rollup"
done
true`;

/** Processes with less are one row together. Bytes. */
const SMALL_PROCESS = 0.5e6;

/**
 * Rows of bytes: the kernel, its kinds of memory, each process (its proportional set size, shared pages
 * split among those who have them), what is free.
 * @param memoryMiB what the machine has.
 * @throws Error when `report` is not what MEMORY_USE prints.
 */
export function memoryUse(of: string, memoryMiB: number, report: string): Figure[] {
  const amount = (key: string) => {
    const found = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(report);
    if (found === null) throw new Error(`the machine does not tell its ${key}`);
    return Number(found[1]) * KIB;
  };
  const zram = [...report.matchAll(/^Zram: (\d+)$/gm)].map(([, bytes]) => Number(bytes));
  const rows: [string, number][] = [
    ['the kernel and what it reserves', memoryMiB * MIB - amount('MemTotal')],
    ['slab', amount('Slab')],
    ['page tables and kernel stacks', amount('PageTables') + amount('KernelStack')],
    ['zram: store, templates and swap', zram.reduce((sum, bytes) => sum + bytes, 0)],
    ['files in memory (tmpfs)', amount('Shmem')],
    ['page cache', amount('Cached') + amount('Buffers') - amount('Shmem')],
    ...processRows(report),
    ['free', amount('MemFree')],
  ];
  return rows.map(([what, value]) => ({ metric: `${of}: ${what}`, unit: 'MB', value }));
}

/** One row for each large process, the largest first, and one for all others. */
function processRows(report: string): [string, number][] {
  const processes = [...report.matchAll(/^Process: (\d+) (.*)$/gm)]
    .map(([, kib, name]): [string, number] => [`process ${name}`, Number(kib) * KIB])
    .filter(([, bytes]) => bytes > 0)
    .sort(([, one], [, other]) => other - one);
  const large = processes.filter(([, bytes]) => bytes >= SMALL_PROCESS);
  const small = processes.slice(large.length);
  const rest = small.reduce((sum, [, bytes]) => sum + bytes, 0);
  return [...large, [`${small.length} smaller processes`, rest]];
}
