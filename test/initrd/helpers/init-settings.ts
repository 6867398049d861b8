/** Runs the init's functions on a machine that was started with some kernel parameters. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { enterInitrd } from './host-initrd.js';

export interface StartedMachine {
  /** What was typed in the boot menu. */
  readonly parameters?: string;
  /** Lines of /proc/meminfo, in KiB. */
  readonly memory?: Readonly<Record<string, number>>;
}

/** Warnings become lines of the output; a device is only named. */
const PRELUDE = `
for part in settings devices store system; do . /lib/live/$part.sh; done
warn() { echo "warning: $*"; }
debug_stop() { :; }
zram_device() { echo "/dev/zram of $1"; }
ram_device() { echo "/dev/ram of $1"; }
sectors_of() { echo $((\${1##* } * 2)); }
RAM_PROMISED_KIB=0 PERSISTENT=no
read_settings
`;

export const BUILT = { ORIGIN: 'direct', COW: 'zram' };

/** Starts a machine and gives what `script` prints, in lines, once the settings are read. */
export type AfterSettings = (machine: StartedMachine, script: string) => Promise<string[]>;

/** Undefined, the test having passed, where no initrd can be entered. */
export async function settingsReader(t: ExecutionContext): Promise<AfterSettings | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  const built = Object.entries(BUILT).map(([name, value]) => `${name}=${value}\n`);
  return async ({ parameters = '', memory = {} }, script) => {
    const meminfo = Object.entries({ MemTotal: 81_920, ...memory });
    const files = {
      'etc/live.conf': built.join(''),
      'proc/cmdline': `quiet ${parameters}\n`,
      'proc/meminfo': meminfo.map(([name, kib]) => `${name}: ${kib} kB\n`).join(''),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(top, name), content);
    return shell.lines(PRELUDE + script);
  };
}
