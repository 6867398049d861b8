import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { SerialShell } from '../../src/qemu/shell.js';
import { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { type Flavour, liveIso, sha256 } from './live-iso.js';
import type { LiveMachine } from './live-machine.js';

const XORRISO = { program: 'xorriso', purpose: 'takes files off a disc', debianPackage: 'xorriso' };
const BOOT_SECONDS = 420;

/** Of ana, who is a user of the disc. */
export const PASSWORD = 'secret';

/** A Debian with everything that could manage its network, and what its settings are tested on. */
const FLAVOUR: Flavour = {
  name: '+system',
  packages: [
    'apparmor',
    'ifupdown',
    'isc-dhcp-client',
    'network-manager',
    'openssh-server',
    'sudo',
  ],
  onDisc: { 'live/hooks/10-proof': '#!/bin/sh\necho "$0 $live_proof" >/run/live/hook-of-disc\n' },
  login: ['--user', 'ana', '--password', PASSWORD],
  initrdHook: '#!/bin/sh\necho "initrd $live_proof $LIVE_DISC" >/run/live/hook-of-initrd\n',
};

/** Where a second network card is, which gets other addresses than the first. */
const SECOND_NETWORK = '10.0.3.0/24';

/**
 * Boots that Debian, with two network cards, past the boot menu. `edit` is typed in the shell of
 * live.debug=prepare_network, where the new root is at /root and nothing of it runs yet.
 */
export async function bootSystem(
  t: ExecutionContext,
  parameters: string,
  edit: readonly string[],
): Promise<LiveMachine> {
  const iso = await liveIso('i386', FLAVOUR);
  const before = await sha256(iso);
  const { kernel, initrd } = await takeKernel(t, iso);
  const machine = await VirtualMachine.start({
    ...{ iso, arch: 'i386', cpu: 'pentium3', memoryMiB: 192, drive: 'ide', network: 'user' },
    ...{ kernel, initrd },
    append: `console=ttyS0,115200 quiet no_timer_check live.debug=prepare_network ${parameters}`,
  });
  t.teardown(() => machine.stop());
  await machine.expect("live.debug: before 'prepare_network'", BOOT_SECONDS);
  await addNetworkCard(machine);
  for (const line of edit) {
    await machine.expect(/# $/, 60);
    machine.send(`${line}\n`);
  }
  await machine.expect(/# $/, 60);
  machine.send('exit\n');
  await machine.expect('live: starting /sbin/init', 120);
  const shell = await SerialShell.open(machine.console, { timeoutSeconds: BOOT_SECONDS });
  return { machine, shell, iso, sha256: before, asksForDisc: true };
}

/** Before the system has looked for any. */
async function addNetworkCard(machine: VirtualMachine): Promise<void> {
  const monitor = await machine.monitor();
  await monitor.execute('netdev_add', { type: 'user', id: 'second', net: SECOND_NETWORK });
  await monitor.execute('device_add', { driver: 'e1000', netdev: 'second', id: 'second-card' });
}

async function takeKernel(t: ExecutionContext, iso: string) {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [kernel, initrd] = [join(folder, 'vmlinuz'), join(folder, 'initrd.img')];
  const take = ['-extract', '/live/vmlinuz', kernel, '-extract', '/live/initrd.img', initrd];
  await run(XORRISO, ['-osirrox', 'on', '-indev', iso, ...take]);
  return { kernel, initrd };
}
