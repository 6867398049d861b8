/** When a drive that is asked for nothing has nothing left to do. Pure. */

/** A look at a machine and its drive. Seconds count from anywhere. */
export interface DriveLook {
  readonly seconds: number;
  /** What the drive was asked for so far. */
  readonly requests: number;
  /** Of processors that the machine has used so far; always the same where nobody can tell. */
  readonly processorSeconds: number;
}

/** Share of the time. A system that waits for nothing but its timers takes a tenth of an emulated processor. */
const BUSY = 0.3;
/** Seconds. What lies further apart was not looked at: the host had stopped. */
const LONGEST_STEP = 1;

/**
 * For how many seconds nothing has been read: `quiet` of them until `last`. Those in which the machine computes do not
 * count: a driver that takes long to start may hold up all that still wants something of the drive. A Debian was seen
 * to read nothing for 22 seconds in the middle of its boot, most likely in one of QEMU's stops (../qemu/emulation.ts).
 */
export function quietUntil(now: DriveLook, last: DriveLook, quiet: number): number {
  if (now.requests > last.requests) return 0;
  const passed = now.seconds - last.seconds;
  const isBusy = now.processorSeconds - last.processorSeconds > BUSY * passed;
  return isBusy ? quiet : quiet + Math.min(passed, LONGEST_STEP);
}
