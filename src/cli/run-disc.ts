import { setTimeout as sleep } from 'node:timers/promises';
import { SnapdiscError } from '../errors.js';
import { openLiveDisc } from '../extract/live-disc.js';
import { converse, shellCommand, toolError } from '../process.js';
import { leaveHint, type QemuOptions, qemuCommand } from '../qemu/command.js';
import type { Machine, MachineFlags } from './machine-flags.js';
import { type SimulatedRun, withSimulatedDrive } from './simulated-run.js';
import { type Terminal, writeLine } from './terminal.js';

export interface RunFlags extends MachineFlags {
  readonly serial?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

const READING_MS = 2500;

/**
 * The machine with the disc in it: a window where there is a desktop, else the screen or, with
 * `serial`, the serial port in the terminal. Pure.
 */
export function qemuOptions(
  disc: string,
  machine: Machine,
  { env }: Pick<Terminal, 'env'>,
  serial = false,
): QemuOptions {
  const desktop = env.DISPLAY || env.WAYLAND_DISPLAY;
  return {
    iso: disc,
    ...machine,
    display: serial ? 'none' : desktop ? 'window' : 'console',
    serial: serial ? 'terminal' : 'none',
  };
}

/**
 * Checks that there is something to show the machine on: QEMU draws its screen on a terminal only.
 * @param otherwise what to do where there is neither a terminal nor a desktop: "or with ...".
 * @throws SnapdiscError `usage.no-terminal`
 */
export function checkScreen(
  { display }: Pick<QemuOptions, 'display'>,
  { stdin, stdout }: Pick<Terminal, 'stdin' | 'stdout'>,
  otherwise: string,
): void {
  if (display !== 'console' || (stdin.isTTY === true && stdout.isTTY === true)) return;
  throw new SnapdiscError(
    'usage.no-terminal',
    'There is neither a desktop nor a terminal to show the machine on.',
    { hint: `Run it on one of them, ${otherwise}.` },
  );
}

/**
 * Boots a disc in front of the user and waits until the machine is off.
 * @param simulated the drive to simulate; without, the machine has QEMU's own.
 * @throws SnapdiscError `image.*` for what is no disc, `usage.no-terminal`, `tool.missing`, `vm.failed`, `interrupted.*`
 */
export async function runDisc(
  options: QemuOptions,
  flags: Pick<RunFlags, 'dryRun' | 'quiet'>,
  terminal: Terminal,
  simulated?: SimulatedRun,
): Promise<void> {
  const print = (line: string) => writeLine(flags.dryRun ? terminal.stdout : terminal.stderr, line);
  if (flags.dryRun) {
    // The socket of a drive that isn't there has no name.
    const shown = simulated === undefined ? options : { ...options, iso: { nbdSocket: 'SOCKET' } };
    const { tool, args } = qemuCommand(shown);
    return print(shellCommand([tool.program, ...args]));
  }
  if (typeof options.iso === 'string') await (await openLiveDisc(options.iso)).close();
  checkScreen(options, terminal, "or with --serial, which talks to the machine's serial port");
  const hint = leaveHint(options);
  if (hint !== undefined && !flags.quiet) {
    print(hint);
    // QEMU is about to take the whole screen.
    if (options.display === 'console') await sleep(READING_MS);
  }
  if (simulated === undefined || typeof options.iso !== 'string') return runMachine(options);
  await withSimulatedDrive(options.iso, simulated, (disc, signal) =>
    runMachine({ ...options, iso: disc }, signal),
  );
}

/**
 * Starts the machine and waits until it is off; `signal` pulls its plug.
 * @throws SnapdiscError `tool.missing`, `vm.failed`
 */
export async function runMachine(options: QemuOptions, signal?: AbortSignal): Promise<void> {
  const { tool, args } = qemuCommand(options);
  const machine = converse(tool, args, { terminal: true });
  signal?.addEventListener('abort', () => machine.kill(), { once: true });
  const result = await machine;
  if (result.code === 'ENOENT') throw toolError(tool, result);
  if (result.exitCode === 0) return;
  const how =
    result.exitCode === undefined
      ? 'was ended by a signal'
      : `ended with status ${result.exitCode}`;
  throw new SnapdiscError('vm.failed', `The virtual machine ${how}.`, {
    hint: 'What QEMU said stands above.',
  });
}
