import { setTimeout as sleep } from 'node:timers/promises';
import { insertDisc } from '../optical/insert-disc.js';
import type { LoggedRead } from '../optical/simulated-drive.js';
import { VirtualMachine, type VirtualMachineOptions } from '../qemu/virtual-machine.js';

/** When a recording ends. */
export type RecordingEnd =
  /** A login prompt on the serial console; an error if none comes in time. */
  | { readonly kind: 'login'; readonly timeoutSeconds: number }
  /** So long after power-on. */
  | { readonly kind: 'seconds'; readonly seconds: number };

/** getty's prompt, also the one that it answers itself. */
const LOGIN_PROMPT = /login: /;

/**
 * Boots a disc in a virtual machine with a drive that takes no time, and gives what the drive was asked for.
 * Nothing in the guest takes part.
 * @throws SnapdiscError `image.missing`, `vm.*`
 */
export async function recordBoot(
  disc: string,
  machine: Omit<VirtualMachineOptions, 'iso'>,
  end: RecordingEnd,
): Promise<readonly LoggedRead[]> {
  const inserted = await insertDisc(disc, { delays: false });
  try {
    const { drive } = inserted;
    const running = await VirtualMachine.start({ ...machine, iso: inserted.disc });
    try {
      if (end.kind === 'login') await running.expect(LOGIN_PROMPT, end.timeoutSeconds);
      else await waitFor(running, end.seconds);
      drive.isLogging = false;
    } finally {
      await running.stop();
    }
    return drive.log;
  } finally {
    await inserted.remove();
  }
}

/** Waits, but not for a machine that is gone. */
async function waitFor(machine: VirtualMachine, seconds: number): Promise<void> {
  const over = new AbortController();
  const ended = machine.exited.then(() => over.abort());
  await Promise.race([sleep(seconds * 1000, undefined, { signal: over.signal }), ended]).catch(
    () => undefined,
  );
  // What went wrong stands in the console's error.
  if (over.signal.aborted) await machine.expect(/(?!)/, 0);
}
