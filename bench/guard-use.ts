import { KIB } from '../src/units.js';
import type { Figure } from './table.js';

/** What a process takes that has nothing to do, by the kernel's own words. Pure. */

/** Between two looks, seconds. */
const INTERVAL = 3;
/** Of one tick in the kernel's figures (USER_HZ), seconds. */
const TICK = 0.01;
/** Bytes. */
const MOST_MEMORY = 1e6;

/**
 * For a shell of the machine, where $pid is the process; its output is `idleUse`'s. Builtins but for
 * sleep: the system is idle, and so must be who watches.
 */
export function watchProcess(seconds: number): string {
  const looks = Math.ceil(seconds / INTERVAL);
  // In proc(5), behind the name: of its children, which have ended, the minor faults (11), and user and
  // system time of both (14 to 17).
  return `tell() {
  read -r line <"/proc/$pid/stat"
  while read -r key value; do
    [ "$key" != voluntary_ctxt_switches: ] || wakes=$value
  done <"/proc/$pid/status"
  read -r uptime _ </proc/uptime
  set -- "$1" \${line##*) }
  echo "$1: $uptime $((\${13} + \${14} + \${15} + \${16})) $wakes \${10}"
}
tell Begin
look=0
while [ $look -lt ${looks} ]; do
  look=$((look + 1))
  pss=0
  children=
  read -r children <"/proc/$pid/task/$pid/children"
  for process in $pid $children; do
    while read -r key value _; do
      [ "$key" != Pss: ] || pss=$((pss + value))
    done <"/proc/$process/smaps_rollup"
  done 2>/dev/null
  echo "Pss: $pss"
  sleep ${INTERVAL}
done
tell End
`;
}

/**
 * One row: the most memory that the process and its children took at any look, in bytes.
 * @throws Error when `report` is not what `watchProcess` prints.
 */
export function idleUse(metric: string, report: string): Figure {
  const figures = (name: string) => {
    const found = new RegExp(`^${name}: ([\\d.]+) (\\d+) (\\d+) (\\d+)$`, 'm').exec(report);
    if (found === null) throw new Error(`the machine does not tell how the watch's ${name} was`);
    return found.slice(1).map(Number);
  };
  const begin = figures('Begin');
  const took = figures('End').map((value, at) => value - (begin[at] ?? 0));
  const [seconds = 0, ticks = 0, wakes = 0, faults = 0] = took;
  const looks = [...report.matchAll(/^Pss: (\d+)$/gm)].map(([, kib]) => Number(kib) * KIB);
  if (looks.length === 0) throw new Error('the machine does not tell any memory');
  const remark = [
    `${looks.length} looks in ${Math.round(seconds)} s`,
    `${(ticks * TICK).toFixed(1)} s of processor time`,
    `woke ${wakes} times`,
    faults === 0 ? 'started nothing' : 'started processes',
  ].join('; ');
  return { metric, unit: 'MB', value: Math.max(...looks), atMost: MOST_MEMORY, remark };
}
