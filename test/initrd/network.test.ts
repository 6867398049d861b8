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

test('an interface that ifupdown brings up is left to it, and every other gets an address', async (t) => {
  const root = await enterNewRoot(t, SYSTEMD);
  if (root === undefined) return;
  await root.write('run/live/bin/resident.sh', 'resident() { shift; echo "$@"; }\n');
  for (const name of ['eth0', 'ens3']) await root.write(`sys/class/net/${name}/type`, '1\n');
  // Which of eth0 and ens3 are left alone.
  const configurations: [string, string[]][] = [
    ['auto lo\n', []],
    ['iface ens3 inet dhcp\n', []],
    ['auto lo eth0\n', ['eth0']],
    ['auto lo eth0 ens3\n', ['eth0', 'ens3']],
    ['  allow-hotplug ens3\n', ['ens3']],
    // Without a newline at its end.
    ['auto eth9 ens3', ['ens3']],
    ['auto eth9', []],
    ['#auto ens3\n', []],
    ['auto enp0s3\n', []],
    ['auto /en*\n', ['ens3']],
    ['auto /eth*\n', ['eth0']],
    // As a path it would be /etc.
    ['auto /e*\n', ['eth0', 'ens3']],
    ['source /etc/network/interfaces.d/*\n', ['ens3']],
    ['source-directory /etc/network/interfaces.d\n', ['ens3']],
    ['source /etc/network/nothing.d/*\n', []],
  ];
  await root.write('etc/network/interfaces.d/setup', 'auto ens3\n');
  for (const [text, expected] of configurations) {
    await root.write('etc/network/interfaces', text);
    const said = await root.lines(
      `${JOB} for each in eth0 ens3; do ! configuration_fits $each || echo $each; done`,
    );
    t.deepEqual(said, expected, text);
  }
  await root.write('etc/network/interfaces', 'auto br0\niface br0 inet dhcp\n');
  await root.write('sys/class/net/ens3/upper_br0/type', '1\n');
  t.deepEqual(await root.lines(`${JOB} configuration_fits ens3 && echo left`), ['left']);
});

test('a second card gets an address beside one that ifupdown brings up', async (t) => {
  const root = await enterNewRoot(t, SYSTEMD);
  if (root === undefined) return;
  await root.write('run/live/bin/resident.sh', 'resident() { shift; echo "$@"; }\n');
  for (const name of ['eth0', 'eth1']) await root.write(`sys/class/net/${name}/type`, '1\n');
  const configuration = 'auto eth0\niface eth0 inet static\n';
  await root.write('etc/network/interfaces', configuration);
  const up = 'udevadm() { :; }; ifup() { echo "ifup $1"; }';
  t.deepEqual(await root.lines(`${up}; ${JOB} by_ifupdown eth0; by_ifupdown eth1`), ['ifup eth1']);
  t.is(
    await root.read('etc/network/interfaces'),
    `${configuration}source /run/network/interfaces.d/*\n`,
  );
  t.is(await root.read('run/network/interfaces.d/eth1'), 'iface eth1 inet dhcp\n');
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
