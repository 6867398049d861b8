import type { ExecutionContext } from 'ava';
import type { VirtualMachine } from '../../src/qemu/virtual-machine.js';

/** The drive with the disc, through QEMU's monitor: its tray, and the stick in its place. */

const DRIVE = 'drive-disc';
const NODE = 'disc';

interface Tray {
  readonly open: boolean;
  /** The guest has locked it. */
  readonly locked: boolean;
}

export async function trayOf(machine: VirtualMachine): Promise<Tray> {
  const blocks = await (await machine.monitor()).execute('query-block');
  const drive = (blocks as Record<string, unknown>[]).find(({ qdev }) => qdev === DRIVE);
  return { open: drive?.tray_open === true, locked: drive?.locked === true };
}

/** Takes the disc out of the tray, which the guest has opened: from here on it reads nothing of it. */
export async function takeDiscOut(t: ExecutionContext, machine: VirtualMachine): Promise<void> {
  t.deepEqual(await trayOf(machine), { open: true, locked: false });
  await (await machine.monitor()).execute('blockdev-remove-medium', { id: DRIVE });
}

/** Presses the drive's button. A tray that is locked stays shut. */
export async function pressButton(machine: VirtualMachine): Promise<void> {
  const monitor = await machine.monitor();
  await monitor.execute('blockdev-open-tray', { id: DRIVE, force: false });
}

/**
 * Takes the disc out whatever the guest says, as with a pin in the drive's emergency hole, and shuts the
 * tray: QEMU's drive does not tell of a tray that is open.
 */
export async function pullDisc(machine: VirtualMachine): Promise<void> {
  const monitor = await machine.monitor();
  await monitor.execute('blockdev-open-tray', { id: DRIVE, force: true });
  await monitor.execute('blockdev-remove-medium', { id: DRIVE });
  await monitor.execute('blockdev-close-tray', { id: DRIVE });
}

export async function putDiscBack(machine: VirtualMachine): Promise<void> {
  const monitor = await machine.monitor();
  await monitor.execute('blockdev-open-tray', { id: DRIVE, force: true });
  await monitor.execute('blockdev-insert-medium', { id: DRIVE, 'node-name': NODE });
  await monitor.execute('blockdev-close-tray', { id: DRIVE });
}

/** A stick has no tray, and comes back as another device. */
export async function pullStick(machine: VirtualMachine): Promise<void> {
  await (await machine.monitor()).execute('device_del', { id: DRIVE });
}

export async function pressCtrlAltDelete(machine: VirtualMachine): Promise<void> {
  const keys = ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data }));
  await (await machine.monitor()).execute('send-key', { keys });
}
