/**
 * The busybox applets that the scripts in init-templates/ use, and whether a busybox has them.
 * The binary may be for another machine, so it is searched and not run.
 */

/** What init-templates/initrd runs (its test finds what is missing here) and a shell needs. */
export const REQUIRED_APPLETS = [
  ...['awk', 'basename', 'blockdev', 'cat', 'chmod', 'chown', 'chroot', 'cmp', 'cp', 'cpio'],
  ...['cut', 'date', 'dd', 'df', 'dmesg', 'echo', 'find', 'findfs', 'free', 'grep'],
  ...[
    'halt',
    'head',
    'id',
    'insmod',
    'ln',
    'losetup',
    'ls',
    'mkdir',
    'mknod',
    'mkswap',
    'modprobe',
  ],
  ...[
    'mount',
    'mv',
    'od',
    'pivot_root',
    'poweroff',
    'printf',
    'readlink',
    'reboot',
    'rm',
    'rmdir',
    'sed',
    'seq',
  ],
  ...['setsid', 'sh', 'sha256sum', 'sleep', 'sort', 'stat', 'swapon', 'switch_root', 'sync'],
  ...['tail', 'test', 'tr', 'umount', 'uname', 'wc'],
] as const;

/** Shorter runs of sorted strings are something else; the smallest useful busybox has more. */
const FEWEST_APPLETS = 10;
/** Names in a row; the longest that busybox has is under 20 bytes. */
const NAMES_IN_A_ROW = /(?:[\w[\-+.]{1,31}\0){10,}/g;

/**
 * The applet names of a busybox binary, in its order; `[]` when it has no applet table. busybox
 * keeps them as one table of NUL-terminated names in strcmp order (include/applet_tables.h, made
 * by applets/applet_tables.c): the longest such run of names in the file is that table.
 */
export function appletNames(busybox: Uint8Array): string[] {
  const { buffer, byteOffset, byteLength } = busybox;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  let best: string[] = [];
  for (const [names] of text.matchAll(NAMES_IN_A_ROW)) {
    for (const run of sortedRuns(names.split('\0').slice(0, -1))) {
      if (run.length > best.length) best = run;
    }
  }
  if (best.length < FEWEST_APPLETS) return [];
  // A string that happens to stand before the table may sort before its first name, `[` or `[[`.
  const first = best.findIndex((name) => name === '[' || name === '[[');
  return first > 0 ? best.slice(first) : best;
}

/** Cuts `names` where one does not sort after the one before. */
function sortedRuns(names: readonly string[]): string[][] {
  const runs: string[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || name <= last) runs.push([name]);
    else run.push(name);
  }
  return runs;
}
