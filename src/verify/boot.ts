import type { DriveTotals } from '../optical/drive-model.js';
import { insertDisc } from '../optical/insert-disc.js';
import { startFromMenu } from '../qemu/boot-menu.js';
import type { QemuOptions } from '../qemu/command.js';
import { SerialShell } from '../qemu/shell.js';
import { VirtualMachine } from '../qemu/virtual-machine.js';

export interface BootOptions extends Pick<QemuOptions, 'arch' | 'memoryMiB' | 'drive'> {
  /** For the shell to appear. */
  readonly timeoutSeconds: number;
  /** For the kernel's first word; `timeoutSeconds` unless given. */
  readonly silenceSeconds?: number;
  readonly signal: AbortSignal;
}

/** What a booted disc is like, as JSON keeps it. */
export interface BootReport {
  readonly memoryMiB: number;
  /** From power-on to a shell; the drive takes no time. */
  readonly seconds: number;
  /** What the drive did until then. */
  readonly drive: DriveTotals;
  /** Null where no systemd can tell. */
  readonly multiUser: boolean | null;
  /** The device and the type of `/`. */
  readonly root: string;
  /** What was written to `/`, synced and dropped from memory came back the same. */
  readonly writable: boolean;
  /** Programs that the kernel ended for want of memory. */
  readonly killed: number;
}

const PARAMETERS = ['console=ttyS0,115200', 'live.autologin=root', 'live.eject=no'];

const MULTI_USER = `[ -d /run/systemd/system ] || { echo unknown; exit; }
  i=0; until [ "$(systemctl is-active multi-user.target)" = active ]; do
    i=$((i + 1)); [ $i -lt 120 ] || { echo no; exit; }; sleep 1; done; echo yes`;
const ROOT =
  'while read -r d p t _; do [ "$p" != / ] || echo "$d $t"; done </proc/mounts | tail -n 1';
const WRITE = `f=/var/tmp/live-verify; dd if=/dev/urandom of=$f bs=64k count=16 2>/dev/null && sync &&
  a=$(md5sum <$f) && echo 3 >/proc/sys/vm/drop_caches && b=$(md5sum <$f) && rm $f && [ "$a" = "$b" ] && echo yes`;
const KILLED = "dmesg | grep -c 'Out of memory'; true";
const COMMAND_SECONDS = 180;

/**
 * Boots a disc through its boot menu, where nobody sees it, to a shell of root's on the serial port, and
 * looks around. The menu's entry is told to talk there; a disc with another menu must do so by itself.
 * @throws SnapdiscError `image.missing`, `vm.*`
 */
export async function verifyBoot(path: string, options: BootOptions): Promise<BootReport> {
  const { timeoutSeconds, silenceSeconds = timeoutSeconds, memoryMiB, ...machineOptions } = options;
  const { drive, disc, remove } = await insertDisc(path, { delays: false });
  try {
    const machine = await VirtualMachine.start({
      ...{ ...machineOptions, memoryMiB, iso: disc },
      // A kernel that does not fit may reset the machine again and again.
      noReboot: true,
    });
    try {
      await startFromMenu(machine, PARAMETERS);
      await machine.console.expect(/\S/, silenceSeconds);
      const shell = await SerialShell.open(machine.console, { timeoutSeconds });
      const { seconds, totals } = drive;
      const multiUser = await shell.output(MULTI_USER, COMMAND_SECONDS);
      return {
        ...{ memoryMiB, seconds, drive: totals },
        multiUser: multiUser === 'unknown' ? null : multiUser === 'yes',
        root: await shell.output(ROOT, COMMAND_SECONDS),
        writable: (await shell.run(WRITE, COMMAND_SECONDS)).output.endsWith('yes'),
        killed: Number(await shell.output(KILLED, COMMAND_SECONDS)),
      };
    } finally {
      await machine.stop();
    }
  } finally {
    await remove();
  }
}

/** Whether the machine did all that is wanted of a live CD. */
export function isGoodBoot({ multiUser, writable, killed }: BootReport): boolean {
  return multiUser !== false && writable && killed === 0;
}
