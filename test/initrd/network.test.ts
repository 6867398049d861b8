import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { enterNewRoot, type NewRoot, type RootFiles, SYSTEMD } from './helpers/new-root.js';

const wants = (unit: string) => ({
  [`etc/systemd/system/multi-user.target.wants/${unit}`]: `-> /lib/systemd/system/${unit}`,
});
const NETWORKD = { ...SYSTEMD, ...wants('systemd-networkd.service') };
const NETWORKMANAGER = { ...SYSTEMD, ...wants('NetworkManager.service') };
const STATIC = 'auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet static\n';
const IFUPDOWN = {
  ...SYSTEMD,
  ...wants('networking.service'),
  'etc/network/interfaces': STATIC,
};

/** Files that were made for the network, sorted. */
async function made(root: NewRoot, mode?: string): Promise<string[]> {
  const set = mode === undefined ? '' : `live_net=${mode}; `;
  const find = 'find /run -type f ! -path "/run/live/bin/*"';
  return root.lines(`${set}prepare_network; ${find} | sort`);
}

async function unpackedRun(top: string, folder: string): Promise<string[]> {
  return readdir(join(top, 'run', folder)).catch(() => []);
}

const WHAT_IS_USED: readonly [string, RootFiles, string, string[]][] = [
  ['networkd', NETWORKD, 'auto', ['/run/systemd/network/zz-live.network']],
  ['networkd', NETWORKD, 'dhcp', ['/run/systemd/network/0-live.network']],
  [
    'NetworkManager',
    NETWORKMANAGER,
    'auto',
    ['/run/NetworkManager/system-connections/live.nmconnection'],
  ],
  ...(['auto', 'dhcp'] as const).map((mode): [string, RootFiles, string, string[]] => [
    'ifupdown',
    IFUPDOWN,
    mode,
    [
      '/run/live/late/dhcp',
      '/run/systemd/system/live-dhcp@.service',
      '/run/udev/rules.d/85-live-dhcp.rules',
    ],
  ]),
  [
    'nothing',
    SYSTEMD,
    'auto',
    [
      '/run/live/late/dhcp',
      '/run/systemd/system/live-dhcp@.service',
      '/run/udev/rules.d/85-live-dhcp.rules',
    ],
  ],
  ['connman', { ...SYSTEMD, ...wants('connman.service') }, 'auto', []],
];

for (const [name, files, mode, expected] of WHAT_IS_USED) {
  test(`live.net=${mode} where ${name} manages the network`, async (t) => {
    const root = await enterNewRoot(t, files);
    if (root === undefined) return;
    t.deepEqual(await made(root, mode), expected);
    if (name === 'ifupdown') {
      const forgotten = 'auto lo\niface lo inet loopback\n';
      const interfaces = await root.read('root/etc/network/interfaces');
      t.is(interfaces, mode === 'dhcp' ? forgotten : STATIC);
      const unit = await root.read('run/systemd/system/live-dhcp@.service');
      t.true(unit.includes('late/dhcp ifupdown %i'), unit);
    }
  });
}

test('live.net=no leaves everything alone; an unknown word is auto', async (t) => {
  const root = await enterNewRoot(t, IFUPDOWN);
  if (root === undefined) return;
  t.deepEqual(await made(root, 'no'), []);
  t.is(await root.read('root/etc/network/interfaces'), STATIC);
  const said = await made(root, 'maybe');
  t.regex(said[0] ?? '', /^warning: live.net=maybe is not known/);
  t.true((await unpackedRun(root.top, 'live/late')).includes('dhcp'));
});

test("NetworkManager's profile is root's alone and stands behind or before all others", async (t) => {
  const root = await enterNewRoot(t, { ...NETWORKMANAGER, ...IFUPDOWN });
  if (root === undefined) return;
  const file = 'run/NetworkManager/system-connections/live.nmconnection';
  await made(root);
  t.true((await root.read(file)).includes('autoconnect-priority=-999\n'));
  t.is((await stat(join(root.top, file))).mode & 0o777, 0o600);
  await made(root, 'dhcp');
  t.true((await root.read(file)).includes('autoconnect-priority=999\n'));
  // It leaves interfaces alone that ifupdown has.
  t.false((await root.read('root/etc/network/interfaces')).includes('eth0'));
});

test('masked units and links of other inits tell who manages the network', async (t) => {
  const masked = { 'etc/systemd/system/systemd-networkd.service': '-> /dev/null' };
  const root = await enterNewRoot(t, {
    ...NETWORKD,
    ...masked,
    'etc/runlevels/boot/networking': '',
  });
  if (root === undefined) return;
  t.deepEqual(await root.lines('network_managers'), []);
  const openrc = 'ln -sf /bin/busybox /root/sbin/init';
  t.deepEqual(await root.lines(`${openrc}; network_managers`), ['ifupdown']);
});

test('without systemd a line of /etc/inittab asks for addresses', async (t) => {
  const inittab = '::sysinit:/etc/init.d/rcS\n';
  const root = await enterNewRoot(t, { 'sbin/init': '-> /bin/busybox', 'etc/inittab': inittab });
  if (root === undefined) return;
  t.deepEqual(await made(root), ['/run/live/late/dhcp']);
  const line = '::sysinit:/bin/sh /run/live/late/dhcp client\n';
  t.is(await root.read('root/etc/inittab'), inittab + line);
});

const JOB = '. /lib/live/late/dhcp; INTERFACES=/etc/network/interfaces;';

test("ifupdown's configuration fits when an interface that it brings up is there", async (t) => {
  const root = await enterNewRoot(t, SYSTEMD);
  if (root === undefined) return;
  await root.write('run/live/bin/resident.sh', 'resident() { shift; echo "$@"; }\n');
  await root.write('sys/class/net/ens3/type', '1\n');
  const configurations: [string, 'fits' | 'does not'][] = [
    ['auto lo\n', 'does not'],
    ['iface ens3 inet dhcp\n', 'does not'],
    ['auto lo eth0\n', 'does not'],
    ['auto lo eth0 ens3\n', 'fits'],
    ['  allow-hotplug ens3\n', 'fits'],
    ['#auto ens3\n', 'does not'],
    ['auto /en*\n', 'fits'],
    ['auto /eth*\n', 'does not'],
    ['source /etc/network/interfaces.d/*\n', 'fits'],
    ['source-directory /etc/network/interfaces.d\n', 'fits'],
    ['source /etc/network/nothing.d/*\n', 'does not'],
  ];
  await root.write('etc/network/interfaces.d/setup', 'auto ens3\n');
  for (const [text, expected] of configurations) {
    await root.write('etc/network/interfaces', text);
    const said = await root.lines(`${JOB} configuration_fits && echo fits || echo "does not"`);
    t.deepEqual(said, [expected], text);
  }
});

test('wired is what has a driver and no radio', async (t) => {
  const root = await enterNewRoot(t, SYSTEMD);
  if (root === undefined) return;
  await root.write('run/live/bin/resident.sh', '');
  const interfaces = {
    lo: { type: '772' },
    eth0: { type: '1', 'device/vendor': 'x' },
    wlan0: { type: '1', 'device/vendor': 'x', 'phy80211/name': 'phy0' },
    docker0: { type: '1' },
    ppp0: { type: '512', 'device/vendor': 'x' },
  };
  for (const [name, files] of Object.entries(interfaces)) {
    for (const [file, content] of Object.entries(files)) {
      await root.write(`sys/class/net/${name}/${file}`, `${content}\n`);
    }
  }
  t.deepEqual(await root.lines(`${JOB} wired_interfaces`), ['eth0']);
});

test('a lease becomes an address, a route and name servers', async (t) => {
  const root = await enterNewRoot(t, SYSTEMD);
  if (root === undefined) return;
  await root.write('run/live/bin/resident.sh', 'resident() { shift; echo "$@"; }\n');
  const lease = `export interface=ens3 ip=10.0.2.15 subnet=255.255.255.0 router=10.0.2.2 \\
    dns='10.0.2.3 10.0.2.4' domain=example.org; sh /lib/live/late/dhcp bound`;
  t.deepEqual(await root.lines(lease), [
    'ifconfig ens3 10.0.2.15 netmask 255.255.255.0 up',
    'route add default gw 10.0.2.2 dev ens3',
  ]);
  t.is(
    await root.read('etc/resolv.conf'),
    'search example.org\nnameserver 10.0.2.3\nnameserver 10.0.2.4\n',
  );
});
