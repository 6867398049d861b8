/** An initrd with this machine's programs and our scripts, unpacked, and a shell in it. */
import type { ExecutionContext } from 'ava';
import { packInitrd } from '../../../src/initrd/plan-initrd.js';
import { hostView } from '../../../src/initrd/root-view.js';
import { readTemplates } from '../../../src/initrd/templates.js';
import { type InitShell, initShell } from './init-shell.js';
import { plan, ROOTFS } from './rootfs.js';
import { unpacked } from './unpack.js';

const MODULE_LIST = '[core]\nsr_mod\nisofs\n[more]\nfs-x\n[usb]\nusb\n';

/** Undefined where the programs are missing. */
async function hostInitrd(): Promise<Buffer | undefined> {
  const programs = ['bin/busybox', 'sbin/dmsetup'].map((path) => hostView.resolve(path));
  if ((await Promise.all(programs)).includes(undefined)) return undefined;
  const { 'usr/bin/busybox': _, 'usr/sbin/dmsetup': __, ...rootfs } = ROOTFS;
  const { scripts } = await readTemplates();
  const templates = { scripts, moduleList: MODULE_LIST };
  const packed = await packInitrd(await plan({ host: hostView, templates }, rootfs));
  return packed.withConfiguration({});
}

let packing: ReturnType<typeof hostInitrd> | undefined;

export interface EnteredInitrd {
  /** Where it is unpacked, another place for each test. */
  readonly top: string;
  readonly shell: InitShell;
}

/** Undefined, and the test passes, where there is no root, busybox or dmsetup. */
export async function enterInitrd(t: ExecutionContext): Promise<EnteredInitrd | undefined> {
  packing ??= hostInitrd();
  const initrd = await packing;
  if (initrd !== undefined) {
    const top = await unpacked(t, initrd);
    const shell = await initShell(top);
    if (shell !== undefined) return { top, shell };
  }
  t.pass('needs root, busybox and dmsetup');
  return undefined;
}
