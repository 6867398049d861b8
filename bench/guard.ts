import { setTimeout } from 'node:timers/promises';
import { SerialShell } from '../src/qemu/shell.js';
import { VirtualMachine } from '../src/qemu/virtual-machine.js';
import { idleUse, watchProcess } from './guard-use.js';
import type { Bench, Inputs } from './inputs.js';
import type { Figure } from './table.js';

const MACHINES = [
  { system: 'i386', qemu: 'i386', memoryMiB: 128 },
  { system: 'amd64', qemu: 'x86_64', memoryMiB: 256 },
] as const;
const IDLE_SECONDS = 600;
/** For each command, and to what a system does by itself after its start. */
const COMMAND_SECONDS = 120;
const FIND = 'read -r pid </run/live/guard.pid';

/** The store's guard in ten minutes in which nothing happens, on each architecture. */
export async function benchGuard(bench: Bench, inputs: Inputs): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const machine of MACHINES) figures.push(await watchGuard(machine, bench, inputs));
  return figures;
}

async function watchGuard(
  { system, qemu, memoryMiB }: (typeof MACHINES)[number],
  bench: Bench,
  inputs: Inputs,
): Promise<Figure> {
  const iso = await inputs.disc(system);
  const machine = await VirtualMachine.start({ iso, arch: qemu, memoryMiB, drive: 'ide' });
  try {
    const shell = await SerialShell.open(machine.console, { timeoutSeconds: bench.bootSeconds });
    bench.say(`${system}: watching the guard for ${IDLE_SECONDS} s`);
    await setTimeout(COMMAND_SECONDS * 1000);
    const script = `${FIND}\n${watchProcess(IDLE_SECONDS)}`;
    const report = await shell.output(script, 2 * IDLE_SECONDS + COMMAND_SECONDS);
    const name = `Guard of Debian ${system} in ${memoryMiB} MiB, idle for ten minutes, with children`;
    return idleUse(name, report);
  } finally {
    await machine.stop();
  }
}
