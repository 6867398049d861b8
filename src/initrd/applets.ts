/**
 * The busybox applets that the scripts in init-templates/ use, and whether a busybox has them.
 * The binary may be for another machine, so it is searched and not run.
 */

/** What init-templates/initrd runs (its test finds what is missing here) and a shell needs. */
export const REQUIRED_APPLETS = [
  ...['basename', 'blockdev', 'cat', 'cmp', 'cp', 'cpio', 'cttyhack', 'cut', 'dd', 'dmesg'],
  ...['echo', 'find', 'free', 'grep', 'head', 'insmod', 'ln', 'losetup', 'ls'],
  ...['mkdir', 'mknod', 'mkswap', 'modprobe', 'mount', 'mv', 'od', 'poweroff', 'printf'],
  ...['readlink', 'reboot', 'rm', 'sed', 'seq', 'setsid', 'sh', 'sleep', 'sort'],
  ...['stat', 'swapon', 'switch_root', 'sync', 'tail', 'test', 'tr', 'umount', 'uname', 'wc'],
] as const;

/** Shorter runs of sorted strings are something else; the smallest useful busybox has more. */
const FEWEST_APPLETS = 10;
/** The longest name busybox has is under 20. */
const LONGEST_NAME = 32;

/**
 * The applet names of a busybox binary, in its order; `[]` when it has no applet table. busybox
 * keeps them as one table of NUL-terminated names in strcmp order (include/applet_tables.h, made
 * by applets/applet_tables.c): the longest such run of names in the file is that table.
 */
export function appletNames(busybox: Uint8Array): string[] {
  let best: string[] = [];
  let run: string[] = [];
  const keepBest = () => {
    if (run.length > best.length) best = run;
    run = [];
  };
  for (let start = 0; start < busybox.byteLength; ) {
    const name = nameAt(busybox, start);
    if (name === undefined) {
      keepBest();
      start += 1;
      // A name begins after a NUL and nowhere else.
      while (start < busybox.byteLength && busybox[start - 1] !== 0) start += 1;
      continue;
    }
    const last = run.at(-1);
    if (last !== undefined && name <= last) keepBest();
    run.push(name);
    start += name.length + 1;
  }
  keepBest();
  if (best.length < FEWEST_APPLETS) return [];
  // A string that happens to stand before the table may sort before its first name, `[` or `[[`.
  const first = best.findIndex((name) => name === '[' || name === '[[');
  return first > 0 ? best.slice(first) : best;
}

function nameAt(bytes: Uint8Array, start: number): string | undefined {
  const window = bytes.subarray(start, start + LONGEST_NAME + 1);
  const length = window.indexOf(0);
  if (length < 1) return undefined;
  const name = Buffer.from(window.subarray(0, length)).toString('latin1');
  return /^[\w[\-+.]+$/.test(name) ? name : undefined;
}
