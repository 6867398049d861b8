/** What Linux tells of a process in /proc/PID/stat (proc(5)). Pure. */

/** Of times there, whatever the kernel's own clock is (USER_HZ). */
const TICKS_PER_SECOND = 100;

/**
 * Whether another process group has the terminal: the kernel stops a process that reads it then.
 */
export function isInBackground(stat: string): boolean {
  const { group, terminal, foreground } = parse(stat);
  return terminal !== '0' && group !== foreground;
}

/** Seconds of processors that the process and its threads have used, in programs and in the kernel. */
export function processorSeconds(stat: string): number {
  const { userTicks, kernelTicks } = parse(stat);
  return (Number(userTicks) + Number(kernelTicks)) / TICKS_PER_SECOND;
}

/** The name, in parentheses, may have blanks and parentheses itself: the fields behind it count. */
function parse(stat: string) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, , group, , terminal, foreground] = fields;
  const [userTicks, kernelTicks] = fields.slice(11);
  return { group, terminal, foreground, userTicks, kernelTicks };
}
