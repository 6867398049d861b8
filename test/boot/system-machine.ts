import type { ExecutionContext } from 'ava';
import type { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { type Flavour, liveIso } from './live-iso.js';
import type { LiveMachine } from './live-machine.js';
import { bootPastMenu, typeInShell } from './past-menu.js';

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
  const stage = 'prepare_network';
  return bootPastMenu(t, iso, `live.debug=${stage} ${parameters}`, {
    memoryMiB: 192,
    debug: {
      stage,
      work: async (machine) => {
        await addNetworkCard(machine);
        for (const line of edit) await typeInShell(machine, line);
      },
    },
  });
}

/** Before the system has looked for any. */
async function addNetworkCard(machine: VirtualMachine): Promise<void> {
  const monitor = await machine.monitor();
  await monitor.execute('netdev_add', { type: 'user', id: 'second', net: SECOND_NETWORK });
  await monitor.execute('device_add', { driver: 'e1000', netdev: 'second', id: 'second-card' });
}
