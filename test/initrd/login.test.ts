import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { customiseLogin } from '../../src/rootfs/login/customise-login.js';
import { readTreeFiles } from '../../src/rootfs/login/tree-files.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { enterNewRoot, SYSTEMD } from './helpers/new-root.js';

const ACCOUNTS = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nolder:x:1000:1000::/home/older:/bin/sh\n+::::::\n',
  'etc/shadow': 'root:*:19000:0:99999:7:::\nolder:!:19000:0:99999:7:::\n',
  'etc/group': 'root:x:0:\naudio:x:29:older\nsudo:x:27:\nolder:x:1000:\ntaken:x:1001:\n',
  'etc/gshadow': 'root:*::\naudio:*::older\nsudo:*::\nolder:!::\ntaken:!::\n',
  'etc/skel/.profile': 'umask 022\n',
  'bin/bash': 'ELF',
};
const NAMES = ['etc/passwd', 'etc/shadow', 'etc/group', 'etc/gshadow'];

for (const autologin of [false, true]) {
  test(`a user made at boot is the one a build makes${autologin ? ', logged in' : ''}`, async (t) => {
    const files = { ...ACCOUNTS, ...SYSTEMD, 'sbin/agetty': 'ELF' };
    const root = await enterNewRoot(t, files);
    if (root === undefined) return;
    const source = await openSource(join(root.top, 'root'));
    t.teardown(() => source.close());
    await customiseLogin(source, { user: 'anna', autologin });
    const built = await readTreeFiles(source, NAMES);

    const more = autologin ? 'live_autologin=yes' : '';
    t.deepEqual(await root.lines(`live_user=anna ${more}; prepare_login`), []);
    for (const name of NAMES) {
      t.is(await root.read(`root/${name}`), String(built.get(name)), name);
    }
    const home = await stat(join(root.top, 'root/home/anna'));
    t.deepEqual([home.uid, home.gid, home.mode & 0o7777], [1002, 1002, 0o755]);
    t.is((await stat(join(root.top, 'root/home/anna/.profile'))).uid, 1002);
    const units = await readdir(join(root.top, 'run/systemd/system')).catch(() => []);
    t.deepEqual(
      units.sort(),
      autologin ? ['getty@tty1.service.d', 'serial-getty@ttyS0.service.d'] : [],
    );
  });
}

test('autologin of a user that is there: a unit file in /run, the root as it was', async (t) => {
  const root = await enterNewRoot(t, { ...ACCOUNTS, ...SYSTEMD, 'sbin/agetty': 'ELF' });
  if (root === undefined) return;
  t.deepEqual(await root.lines('live_autologin=older live_user=older; prepare_login'), []);
  const unit = 'run/systemd/system/getty@tty1.service.d/live-autologin.conf';
  t.is(
    await root.read(unit),
    '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin older --noclear %I $TERM\n',
  );
  for (const name of NAMES) {
    t.is(await root.read(`root/${name}`), ACCOUNTS[name as keyof typeof ACCOUNTS]);
  }
});

test('/etc/inittab logs in through agetty, or through login where init opens the terminal', async (t) => {
  const inittab = [
    '# tty1 getty',
    '::sysinit:/etc/init.d/rcS',
    'tty1::respawn:/sbin/getty 38400 tty1',
    'ttyS0::respawn:/sbin/getty -L ttyS0 115200 vt100',
    'tty2::respawn:/sbin/getty 38400 tty2',
    '',
  ].join('\n');
  const files = { ...ACCOUNTS, 'etc/inittab': inittab, 'bin/login': 'ELF' };
  const root = await enterNewRoot(t, files);
  if (root === undefined) return;
  t.deepEqual(await root.lines('live_autologin=yes; prepare_login'), []);
  const expected = inittab
    .replace('/sbin/getty 38400 tty1', '/bin/login -f root')
    .replace('/sbin/getty -L ttyS0 115200 vt100', '/bin/login -f root');
  t.is(await root.read('root/etc/inittab'), expected);

  await root.write('root/etc/inittab', '1:2345:respawn:/sbin/getty 38400 tty1\n');
  await root.write('root/sbin/agetty', 'ELF');
  await root.lines('live_autologin=yes; prepare_login');
  t.is(
    await root.read('root/etc/inittab'),
    '1:2345:respawn:/sbin/agetty --autologin root --noclear tty1\n',
  );
});

test('names that are none, and users that are not there, are told', async (t) => {
  const root = await enterNewRoot(t, ACCOUNTS);
  if (root === undefined) return;
  for (const name of ["'a:b'", 'Anna', 'yes', '1st', "'x y'", 'a'.repeat(33), "'.*'"]) {
    const said = await root.lines(`live_user=${name}; prepare_login`);
    t.regex(said.join(), /^warning: live.user=/, name);
  }
  for (const name of ['nobody-here', "'.*'"]) {
    const said = await root.lines(`live_autologin=${name}; prepare_login`);
    t.regex(said.join(), /^warning: live.autologin: the system has no user/, name);
  }
  t.is(await root.read('root/etc/passwd'), ACCOUNTS['etc/passwd']);
});
