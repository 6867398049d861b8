import test, { type ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import type { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { checkHealth, checkRoot, checkShutdown, checkWrite } from './facts.js';
import { bootLive, type Cell } from './live-machine.js';

const CELL: Cell = { arch: 'i386', drive: 'ide', origin: 'direct', cow: 'zram', memoryMiB: 768 };
/** Compares files with the checksums dpkg has of them; the fixture has no documentation. */
const VERIFY =
  'dpkg --verify coreutils libc6 perl-base systemd | grep -v "^missing .*/share/" || true';

interface Drive {
  readonly qdev?: string;
  readonly tray_open?: boolean;
}

/** What QEMU knows of the disc's drive. */
async function driveOf(machine: VirtualMachine): Promise<Drive | undefined> {
  const drives = (await (await machine.monitor()).execute('query-block')) as Drive[];
  return drives.find(({ qdev }) => qdev?.includes('drive-disc'));
}

/** Takes the disc out of the open tray; from here on every read of the drive fails. */
async function takeDiscOut(t: ExecutionContext, machine: VirtualMachine): Promise<void> {
  t.like(await driveOf(machine), { tray_open: true });
  await (await machine.monitor()).execute('blockdev-remove-medium', { id: 'drive-disc' });
}

/** Every package's files are read anew, from where they are now. */
async function checkFiles(t: ExecutionContext, shell: SerialShell): Promise<void> {
  await shell.output('echo 3 >/proc/sys/vm/drop_caches');
  t.is(await shell.output(VERIFY, 300), '');
}

test.serial('loaded to memory, the system needs neither disc nor drive', async (t) => {
  const live = await bootLive(t, { ...CELL, parameters: 'live.toram' });
  const { shell, machine } = live;
  t.regex(machine.console.transcript, /loading the system to memory \[#{25}\] 100 %/);
  await takeDiscOut(t, machine);
  t.notRegex(await shell.output('dmsetup deps -o devname'), /sr0|live-medium/);
  t.notRegex(await shell.output('cat /proc/mounts'), /iso9660/);
  await checkRoot(t, shell);
  await checkFiles(t, shell);
  await checkWrite(t, shell);
  await checkHealth(t, shell);
  t.log(await shell.output('cat /sys/block/zram*/mm_stat; free -m'));
  await checkShutdown(t, live);
});
