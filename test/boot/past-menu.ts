import type { ExecutionContext } from 'ava';
import type { ExtraDrive } from '../../src/qemu/drives.js';
import { SAME_ADDRESSES } from '../../src/qemu/emulation.js';
import { SerialShell } from '../../src/qemu/shell.js';
import { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { kernelOf } from './iso-parts.js';
import { sha256 } from './live-iso.js';
import type { LiveMachine } from './live-machine.js';

const BOOT_SECONDS = 420;

interface Machine {
  readonly memoryMiB: number;
  readonly extraDrives?: readonly ExtraDrive[];
  /** `live.debug=STAGE` or `live.debug`: the stage whose shell comes, and what is done in it. */
  readonly debug?: {
    readonly stage: string;
    readonly work: (machine: VirtualMachine) => Promise<void>;
  };
}

/**
 * Boots an i386 disc past its menu, in a machine with a network card on QEMU's network, to root's shell. The
 * machine goes at the end of the test.
 */
export async function bootPastMenu(
  t: ExecutionContext,
  iso: string,
  parameters: string,
  { debug, ...options }: Machine,
): Promise<LiveMachine> {
  const before = await sha256(iso);
  const machine = await VirtualMachine.start({
    ...{ iso, arch: 'i386', cpu: 'pentium3', drive: 'ide', network: 'user', ...options },
    ...(await kernelOf(t, iso)),
    append: `console=ttyS0,115200 quiet no_timer_check ${SAME_ADDRESSES} ${parameters}`,
  });
  t.teardown(() => machine.stop());
  if (debug !== undefined) {
    await machine.expect(`live.debug: before '${debug.stage}'`, BOOT_SECONDS);
    await debug.work(machine);
    await typeInShell(machine, 'exit');
  }
  await machine.expect('live: starting /sbin/init', BOOT_SECONDS);
  const shell = await SerialShell.open(machine.console, { timeoutSeconds: BOOT_SECONDS });
  return { machine, shell, iso, sha256: before, asksForDisc: true };
}

/** Types a line at the prompt of one of the init's shells. */
export async function typeInShell(machine: VirtualMachine, line: string): Promise<void> {
  await machine.expect(/# $/, 60);
  machine.send(`${line}\n`);
}
