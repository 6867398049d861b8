import { setTimeout as sleep } from 'node:timers/promises';
import { insertDisc } from '../optical/insert-disc.js';
import type { LoggedRead, SimulatedDrive } from '../optical/simulated-drive.js';
import { startFromMenu } from '../qemu/boot-menu.js';
import type { Disc } from '../qemu/drives.js';
import { VirtualMachine, type VirtualMachineOptions } from '../qemu/virtual-machine.js';
import { type DriveLook, quietUntil } from './quiet-time.js';

/** When a recording ends. */
export type RecordingEnd =
  /**
   * What the serial console says; an error if it does not in time. What the drive is still busy with
   * then is recorded, too, until it has been quiet for some seconds: what starts late on one machine may start
   * before the event on another.
   */
  | {
      readonly kind: 'event';
      readonly event: BootEvent;
      /** Kernel parameters to be added in the boot menu; without any it is left alone. */
      readonly parameters: readonly string[];
      readonly timeoutSeconds: number;
      readonly quietSeconds: number;
    }
  /** So long after power-on. */
  | { readonly kind: 'seconds'; readonly seconds: number };

/** What the drive was asked for. */
export interface Recording {
  readonly reads: readonly LoggedRead[];
  /** How many of them came before the event; all, where none was waited for. */
  readonly untilEvent: number;
}

/** Seconds after which even a drive that is never quiet has shown enough. */
const LONGEST_AFTERMATH = 120;

/**
 * By this serial number the init knows that its reads are recorded (init-templates/initrd/lib/live/sweep.sh):
 * then it reads nothing ahead, and does not sweep what an older profile has put together.
 */
export const RECORDING_MACHINE = 'snapdisc-profile';

/** What a serial console says when a boot is over. */
export const BOOT_EVENTS = {
  /** getty's prompt, also the one that it answers itself. */
  login: { title: 'a login prompt', said: /login: / },
  /** systemd's, by the unit's name since version 247, by its description before; in bold as a rule. */
  'multi-user': {
    title: "systemd's multi-user.target",
    said: /Reached target \S*(multi-user\.target|Multi-User System)/,
  },
} as const;

export type BootEvent = keyof typeof BOOT_EVENTS;
export const BOOT_EVENT_NAMES = Object.keys(BOOT_EVENTS) as readonly BootEvent[];

/**
 * What the drive is asked for while `play` runs a machine with it. The drive takes no time. `play` may pause
 * and resume by `drive.isLogging`.
 * @throws SnapdiscError `image.missing`, and what `play` throws.
 */
export async function recordReads(
  path: string,
  play: (disc: Disc, drive: SimulatedDrive) => Promise<void>,
): Promise<readonly LoggedRead[]> {
  const { drive, disc, remove } = await insertDisc(path, { delays: false });
  try {
    await play(disc, drive);
    return drive.log;
  } finally {
    await remove();
  }
}

/**
 * Boots a disc where nobody sees it, and gives what the drive was asked for until `end`. `beside` is called
 * with what waits for that, and may pause and resume meanwhile, as in recordReads().
 * @throws SnapdiscError `image.missing`, `vm.*`
 */
export function recordBoot(
  path: string,
  machine: Omit<VirtualMachineOptions, 'iso'>,
  end: RecordingEnd,
  beside: (drive: SimulatedDrive, wait: () => Promise<void>) => Promise<void> = (_, wait) => wait(),
): Promise<Recording> {
  let untilEvent: number | undefined;
  return recordReads(path, async (disc, drive) => {
    const running = await VirtualMachine.start({
      ...machine,
      iso: disc,
      serialNumber: RECORDING_MACHINE,
    });
    try {
      await beside(drive, async () => {
        if (end.kind === 'event') {
          if (end.parameters.length > 0) await startFromMenu(running, end.parameters);
          await running.expect(BOOT_EVENTS[end.event].said, end.timeoutSeconds);
          untilEvent = drive.log.length;
          await waitUntilQuiet(drive, running, end.quietSeconds);
        } else {
          await waitFor(running, end.seconds);
        }
      });
      drive.isLogging = false;
    } finally {
      await running.stop();
    }
  }).then((reads) => ({ reads, untilEvent: untilEvent ?? reads.length }));
}

/** Waits until nothing has been read for some seconds in which it was recorded, or the machine is gone. */
async function waitUntilQuiet(
  drive: SimulatedDrive,
  machine: VirtualMachine,
  quietSeconds: number,
): Promise<void> {
  let isRunning = true;
  machine.exited.finally(() => {
    isRunning = false;
  });
  const look = (): DriveLook => ({
    ...{ seconds: drive.seconds, requests: drive.log.length },
    processorSeconds: machine.processorSeconds(),
  });
  const begun = look();
  let quiet = 0;
  for (let [last, now] = [begun, begun]; isRunning && quiet < quietSeconds; last = now) {
    if (now.seconds - begun.seconds >= LONGEST_AFTERMATH) return;
    await sleep(250);
    now = look();
    quiet = drive.isLogging ? quietUntil(now, last, quiet) : 0;
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
