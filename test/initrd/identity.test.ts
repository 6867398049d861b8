import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { DISC_UUID, enterNewRoot, SYSTEMD } from './helpers/new-root.js';

const OLD_ID = 'deadbeefdeadbeefdeadbeefdeadbeef';
const ours = DISC_UUID.slice(0, 8);

test('each start has a machine ID of its own, which begins with what the disc is', async (t) => {
  for (const before of [`${OLD_ID}\n`, '', 'uninitialized\n', undefined]) {
    const files = before === undefined ? {} : { 'etc/machine-id': before };
    const root = await enterNewRoot(t, { ...SYSTEMD, ...files, 'var/lib/dbus/machine-id': OLD_ID });
    if (root === undefined) return;
    t.deepEqual(await root.lines('prepare_identity'), []);
    const id = await root.read('root/etc/machine-id');
    t.is(id, `${ours}89ab4cde8f0123456789abcd\n`);
    t.is(await root.read('root/var/lib/dbus/machine-id'), id);
    // A start with changes that were kept: it stays.
    await root.write('proc/sys/kernel/random/uuid', 'ffffffff-ffff-4fff-8fff-ffffffffffff\n');
    await root.lines('prepare_identity');
    t.is(await root.read('root/etc/machine-id'), id);
  }
});

test('a system that has no machine ID and no use for one gets none', async (t) => {
  const root = await enterNewRoot(t, { 'sbin/init': '-> /bin/busybox' });
  if (root === undefined) return;
  t.deepEqual(await root.lines('prepare_identity; find /root /run -type f'), []);
});

const KEYS = {
  'usr/sbin/sshd': 'ELF',
  'usr/bin/ssh-keygen': 'ELF',
  'etc/ssh/sshd_config': 'Port 22\n',
  'etc/ssh/ssh_host_rsa_key': 'private of all',
  'etc/ssh/ssh_host_rsa_key.pub': 'ssh-rsa AAAA root@debian\n',
  'etc/ssh/ssh_host_ed25519_key': 'private of one',
  'etc/ssh/ssh_host_ed25519_key.pub': `ssh-ed25519 AAAA root@live-${ours}\n`,
};

test("host keys that came with the disc go; a unit makes this machine's before sshd", async (t) => {
  const root = await enterNewRoot(t, { ...SYSTEMD, ...KEYS });
  if (root === undefined) return;
  const another = 'UUID=another-disc; prepare_identity; ls /root/etc/ssh';
  t.deepEqual(await root.lines(another), ['sshd_config']);
  const units = await readdir(join(root.top, 'run/systemd/system'));
  t.deepEqual(units.sort(), [
    'live-ssh-keys.service',
    'ssh.service.d',
    'sshd.service.d',
    'sshd@.service.d',
  ]);
  const unit = await root.read('run/systemd/system/live-ssh-keys.service');
  t.true(unit.includes('ExecStart=/bin/sh /run/live/late/ssh-keys\n'), unit);
  await access(join(root.top, 'run/live/late/ssh-keys'));
});

test('host keys of an earlier start from this disc stay, and all of them with keep', async (t) => {
  const root = await enterNewRoot(t, { ...SYSTEMD, ...KEYS });
  if (root === undefined) return;
  await root.lines('live_ssh_keys=keep; prepare_identity');
  await access(join(root.top, 'root/etc/ssh/ssh_host_rsa_key'));
  const said = await root.lines('live_ssh_keys=maybe; prepare_identity; ls /root/etc/ssh');
  t.regex(said.shift() ?? '', /^warning: live.ssh_keys=maybe is not known/);
  t.deepEqual(said, ['ssh_host_ed25519_key', 'ssh_host_ed25519_key.pub', 'sshd_config']);
});

test("host keys in a store that lasts are the user's own from the second start on", async (t) => {
  const root = await enterNewRoot(t, { ...SYSTEMD, ...KEYS });
  if (root === undefined) return;
  const keys = Object.keys(KEYS).filter((name) => name.startsWith('etc/ssh/'));
  const second = 'has_started_before() { true; }; prepare_identity; ls /root/etc/ssh';
  t.deepEqual(await root.lines(second), keys.map((name) => name.slice(8)).sort());
});

test('without systemd the keys are made by a line of /etc/inittab, written once', async (t) => {
  const inittab = '::sysinit:/sbin/openrc sysinit\n';
  const files = { 'sbin/init': '-> /bin/busybox', 'etc/inittab': inittab, ...KEYS };
  const root = await enterNewRoot(t, files);
  if (root === undefined) return;
  await root.lines('prepare_identity; prepare_identity');
  const line = ':sysinit:/bin/sh /run/live/late/ssh-keys\n';
  t.is(await root.read('root/etc/inittab'), `${inittab}:${line}`);
  // sysvinit wants a name in front.
  await root.lines('rm /root/sbin/init; prepare_identity');
  t.is(await root.read('root/etc/inittab'), `${inittab}lssh:${line}`);
});

test('the job makes the keys that sshd wants and that are missing', async (t) => {
  const root = await enterNewRoot(t, { ...SYSTEMD });
  if (root === undefined) return;
  await root.write('run/live/state', `UUID=${DISC_UUID}\n`);
  await root.write(
    'bin/ssh-keygen',
    '#!/bin/sh\necho "$@"\nwhile [ $# -gt 1 ]; do shift; done\n[ "$1" = -A ] || : >"$1"\n',
    0o755,
  );
  const make = 'mkdir -p /etc/ssh; sh /lib/live/late/ssh-keys';
  const call = (type: string) =>
    `-q -t ${type} -N  -C root@live-${ours} -f /etc/ssh/ssh_host_${type}_key`;
  t.deepEqual(await root.lines(make), [call('ed25519'), call('ecdsa')]);
  t.deepEqual(await root.lines(make), []);
  await root.write('etc/ssh/sshd_config', 'Port 22\nHostKey /etc/ssh/ssh_host_rsa_key\n');
  t.deepEqual(await root.lines(make), [call('rsa')]);
  // A program that knows none of them makes what it knows.
  await root.write('bin/ssh-keygen', '#!/bin/sh\necho "$@"; [ "$1" = -A ]\n', 0o755);
  t.is((await root.lines(`rm /etc/ssh/*key; ${make}`)).at(-1), '-A');
});
