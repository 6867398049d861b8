import test, { type ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import { checkHealth, checkShutdown } from './facts.js';
import { bootSystem, PASSWORD } from './system-machine.js';

/** Commands of the debug shell: what switches a service of the new root on or off. */
const WANTS = '/root/etc/systemd/system/multi-user.target.wants';
const OFF = (...units: string[]) =>
  `rm -f ${units.map((unit) => `/root/etc/systemd/system/*.wants/${unit}.service`).join(' ')}`;
const ON = (unit: string) => `ln -s /lib/systemd/system/${unit}.service ${WANTS}/`;
const WRITE = (file: string, ...lines: string[]) =>
  `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >/root${file}`;

/** The first network card, by QEMU's address and by the names it may get. */
const FIRST_CARD = 'MACAddress=52:54:00:12:34:56';
const FIRST_NAMES = ['ens2', 'ens3', 'enp0s2', 'enp0s3'];
/** ifupdown's file, with an address for the first card. */
const interfaces = (address: string, ...settings: string[]) =>
  WRITE(
    '/etc/network/interfaces',
    ...['auto lo', 'iface lo inet loopback'],
    ...FIRST_NAMES.flatMap((name) => [
      `allow-hotplug ${name}`,
      `iface ${name} inet static`,
      ...[`address ${address}/24`, ...settings].map((line) => ` ${line}`),
    ]),
  );
const NETWORKD_FILE = (name: string, match: string, ...settings: string[]) =>
  WRITE(`/etc/systemd/network/${name}.network`, '[Match]', match, '[Network]', ...settings);

/** Each card has the address that its network gives out, and no other one; QEMU's gateway answers. */
async function checkNetwork(
  t: ExecutionContext,
  shell: SerialShell,
  expected: readonly string[] = ['10.0.2.15', '10.0.3.15'],
): Promise<void> {
  const addresses = async () =>
    ((await shell.output('ip -o -4 addr show scope global')).match(/inet \S+/g) ?? []).sort();
  for (let tries = 0; tries < 60 && (await addresses()).length < expected.length; tries++)
    await shell.output('sleep 1');
  t.deepEqual(
    await addresses(),
    expected.map((address) => `inet ${address}/24`),
  );
  t.regex(await shell.output('ip route'), /^default via 10\.0\.[23]\.2 /m);
  t.is((await shell.run('ping -c 3 -i 0.5 10.0.2.2')).status, 0);
}

const hostKeys = (shell: SerialShell, root = '') =>
  shell.output(`cd ${root}/etc/ssh && cat ssh_host_*_key.pub | sort`);

/** Machine IDs of the boots, which must differ. */
const machineIds: string[] = [];

test.serial(
  'asked for by the command line: a user, names, DHCP in place of an address',
  async (t) => {
    const profile = '/etc/NetworkManager/system-connections/office.nmconnection';
    const live = await bootSystem(
      t,
      `live.net=dhcp live.user=anna live.autologin live.hostname=kiosk live.timezone=Europe/Berlin
    live.keyboard=de live.locale=C.UTF-8 live.zram_swap=0 live.zram_algo=lzo live.proof=42`.replace(
        /\s+/g,
        ' ',
      ),
      [
        `mkdir -p /root${profile.replace(/[^/]*$/, '')} /root/etc/live/hooks.d`,
        WRITE(profile, '[connection]', 'id=office', 'type=ethernet', '[ipv4]', 'method=manual'),
        `echo address1=10.9.9.9/24 >>/root${profile}; chmod 600 /root${profile}`,
        WRITE(
          '/etc/live/hooks.d/10-proof',
          '#!/bin/sh',
          'findmnt -no FSTYPE / >/run/live/hook-of-root',
        ),
        'chmod 755 /root/etc/live/hooks.d/10-proof',
        'sha256sum /root/etc/ssh/ssh_host_*_key.pub >/run/live/keys-of-image',
      ],
    );
    const { shell } = live;
    // anna is logged in; the empty password lets her be root.
    t.regex(await shell.output('id'), /^uid=1001\(anna\) gid=1001\(anna\) groups=.*\(sudo\)/);
    t.is(await shell.output('pwd; stat -c %U .bashrc'), '/home/anna\nanna');
    const asRoot = (command: string) => `sudo sh -c '${command.replaceAll("'", "'\\''")}'`;
    const root = {
      output: (command: string, seconds?: number) => shell.output(asRoot(command), seconds),
      run: (command: string, seconds?: number) => shell.run(asRoot(command), seconds),
    };
    t.is(await root.output('id -u'), '0');

    await checkNetwork(t, shell);
    t.regex(await root.output('nmcli -t -f NAME connection show --active'), /^Live wired$/m);

    t.is(await shell.output('uname -n; getent hosts kiosk'), 'kiosk\n127.0.1.1       kiosk');
    t.is(
      await shell.output('TZ= date -d 2025-07-01 +%Z; readlink /etc/localtime; cat /etc/timezone'),
      'UTC\n/usr/share/zoneinfo/Europe/Berlin\nEurope/Berlin',
    );
    t.is(await shell.output('date -d 2025-07-01 +%Z'), 'CEST');
    t.is(
      await shell.output('tail -n 1 /etc/default/locale; head -n 1 /etc/vconsole.conf'),
      'LANG=C.UTF-8\nKEYMAP=de',
    );

    t.is(await shell.output('tail -n +2 /proc/swaps'), '', 'no swap');
    t.regex(await shell.output('cat /sys/block/zram*/comp_algorithm'), /\[lzo\]/);

    t.is(
      await shell.output('cat /run/live/hook-of-disc'),
      '/run/live/medium/live/hooks/10-proof 42',
    );
    t.is(await shell.output('cat /run/live/hook-of-root'), 'ext2');
    const log = await shell.output('cat /run/live/log');
    for (const line of [
      'looking for the disc',
      'hook 10-proof',
      'network: dhcp',
      'starting /sbin/init',
    ])
      t.true(log.includes(line), log);

    await root.output('systemctl start ssh', 120);
    t.is((await root.run('sha256sum -c /run/live/keys-of-image 2>&1')).status, 1);
    const keys = await hostKeys(shell);
    t.regex(keys, /^ecdsa\S* .* root@live-[0-9a-f]{8}\nssh-ed25519 .* root@live-[0-9a-f]{8}$/);
    machineIds.push(await shell.output('cat /etc/machine-id'));
    const firstBoot = 'systemctl show -p ConditionResult --value systemd-firstboot.service';
    t.is(await root.output(firstBoot), 'no', 'systemd asks no questions');

    await checkAppArmor(t, root);
    await checkChanges(t, root);
    await checkHealth(t, { ...shell, ...root } as unknown as SerialShell);
    await live.shell.leave('sudo systemctl poweroff');
    await t.notThrowsAsync(live.machine.waitForExit(180));
  },
);

interface Root {
  output(command: string, seconds?: number): Promise<string>;
  run(command: string, seconds?: number): Promise<{ status: number; output: string }>;
}

/** Profiles of the system are loaded, and one that forbids a file forbids it. */
async function checkAppArmor(t: ExecutionContext, root: Root): Promise<void> {
  t.is(await root.output('systemctl is-active apparmor'), 'active');
  t.true(Number(await root.output('aa-status --enforced')) > 0);
  const profile = [
    '/usr/local/bin/proof {',
    '/usr/local/bin/proof mr, /etc/ld.so.cache r, /{usr/,}lib/** mr, /etc/hostname r, }',
  ];
  const load = 'cp /bin/cat /usr/local/bin/proof; apparmor_parser -r /run/proof';
  await root.output(`printf '%s\\n' '${profile.join("' '")}' >/run/proof; ${load}`, 60);
  t.is(await root.output('proof /etc/hostname'), 'kiosk');
  const denied = await root.run('proof /etc/shadow 2>&1');
  t.regex(denied.output, /Permission denied/);
  t.not(denied.status, 0);
}

async function checkChanges(t: ExecutionContext, root: Root): Promise<void> {
  await root.output('rm /usr/share/common-licenses/GPL-1; echo x >>/etc/issue; echo x >/opt/added');
  const changes = JSON.parse(await root.output('live-changes --json', 180)) as {
    change: string;
    path: string;
  }[];
  const told = changes.map(({ change, path }) => `${change} ${path}`);
  const expected = [
    'removed /usr/share/common-licenses/GPL-1',
    'changed /etc/issue',
    'added /opt/added',
  ];
  expected.push('changed /etc/hostname', 'added /home/anna', 'added /home/anna/.bashrc');
  t.deepEqual(
    expected.filter((line) => !told.includes(line)),
    [],
  );
  t.log(`${told.length} changes, ${told.join('; ')}`);
  t.true(told.length < 200, `${told.length}`);
  t.is(
    await root.output('ls -d /run/live/live-changes-* /dev/mapper/live-changes-* 2>/dev/null || :'),
    '',
  );
}

/** Logs and caches lie in memory, and none is left over from an earlier start. */
async function checkVolatile(t: ExecutionContext, root: Root): Promise<void> {
  const journals = (folder: string) => root.output(`find ${folder} -name '*.journal*' | wc -l`);
  t.not(await journals('/run/log/journal'), '0');
  t.is(await journals('/var/log'), '0');
  // Without a cache of its own apt answers from dpkg's state.
  t.regex(await root.output('apt-cache policy bash', 120), /Installed: \S*\d/);
  t.is(await root.output('find /var/cache/apt -type f -name "*.*" | wc -l'), '0');
}

/** The disc's own user gets in with the password that the disc was built with, and with no other. */
async function checkPassword(t: ExecutionContext, root: Root): Promise<void> {
  // Nobody, unlike root, is asked for it.
  const login = (password: string) =>
    root.run(`su -s /bin/sh nobody -c 'echo ${password} | su ana -c "id -un" 2>/dev/null'`, 60);
  t.deepEqual(await login(PASSWORD), { status: 0, output: 'ana' });
  t.not((await login('other')).status, 0);
}

test.serial(
  'ifupdown with an address of its own, DHCP asked for; host keys of the disc when told so',
  async (t) => {
    const live = await bootSystem(
      t,
      'live.net=dhcp live.autologin live.ssh_keys=keep live.proof=7 nomodeset',
      [
        OFF('NetworkManager'),
        interfaces('10.9.9.9'),
        'cat /root/etc/ssh/ssh_host_*_key.pub | sort >/run/live/keys-of-image',
      ],
    );
    const { shell } = live;
    await checkNetwork(t, shell);
    t.regex(await shell.output('ifquery --state'), /^e\S+=e\S+$/m);
    t.is(await hostKeys(shell), await shell.output('cat /run/live/keys-of-image'));
    machineIds.push(await shell.output('cat /etc/machine-id'));
    t.is(new Set(machineIds).size, machineIds.length, 'each boot has its own');
    t.is(await shell.output('cat /run/live/hook-of-initrd'), 'initrd 7 /dev/sr0');
    await checkVolatile(t, shell);
    await checkPassword(t, shell);
    await checkHealth(t, shell);
    await checkShutdown(t, live);
  },
);

test.serial('ifupdown: an address that fits stays, DHCP where none is set', async (t) => {
  const live = await bootSystem(t, 'live.autologin', [
    OFF('NetworkManager', 'ssh'),
    interfaces('10.0.2.77', 'gateway 10.0.2.2'),
  ]);
  await checkNetwork(t, live.shell, ['10.0.2.77', '10.0.3.15']);
  await checkHealth(t, live.shell);
  await checkShutdown(t, live);
});

test.serial('systemd-networkd with an address of its own, DHCP asked for', async (t) => {
  const live = await bootSystem(t, 'live.net=dhcp live.autologin', [
    OFF('NetworkManager', 'networking', 'ssh'),
    ON('systemd-networkd'),
    NETWORKD_FILE('10-office', FIRST_CARD, 'Address=10.9.9.9/24'),
  ]);
  await checkNetwork(t, live.shell);
  t.regex(await live.shell.output('networkctl status --no-pager -a'), /0-live\.network/);
  await checkHealth(t, live.shell);
  await checkShutdown(t, live);
});

test.serial('systemd-networkd: an address that fits stays, DHCP where none does', async (t) => {
  const live = await bootSystem(t, 'live.autologin', [
    OFF('NetworkManager', 'networking', 'ssh'),
    ON('systemd-networkd'),
    NETWORKD_FILE('10-other', 'Name=eth9', 'Address=10.9.9.9/24'),
    NETWORKD_FILE('20-desk', FIRST_CARD, 'Address=10.0.2.77/24', 'Gateway=10.0.2.2'),
  ]);
  await checkNetwork(t, live.shell, ['10.0.2.77', '10.0.3.15']);
  await checkHealth(t, live.shell);
  await checkShutdown(t, live);
});

test.serial('nothing that manages the network: the smallest DHCP client', async (t) => {
  const live = await bootSystem(t, 'live.autologin', [OFF('NetworkManager', 'networking', 'ssh')]);
  await checkNetwork(t, live.shell);
  t.regex(await live.shell.output('cat /etc/resolv.conf'), /^nameserver 10\.0\.[23]\.3$/);
  // The program's own pages are in memory anyway.
  const field = "awk '/^Pss_Anon:/ { print $2 }'";
  const smaps = '/proc/$(pgrep -o -f "udhcpc -f")/smaps_rollup';
  const kib = Number(await live.shell.output(`${field} ${smaps}`));
  t.true(kib > 0 && kib < 512, `${kib} KiB`);
  t.log(`${kib} KiB`);
  t.not((await live.shell.run('pidof dhclient')).status, 0);
  await checkHealth(t, live.shell);
  await checkShutdown(t, live);
});
