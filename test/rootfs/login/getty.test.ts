import test from 'ava';
import { autologinInittab, inittabLogins } from '../../../src/rootfs/login/inittab.js';
import {
  gettyUnitFiles,
  systemdAutologin,
  unitLogin,
} from '../../../src/rootfs/login/systemd-getty.js';
import { directory, file, symlink } from '../../fixtures/torture-tree.js';

const UTIL_LINUX = { agetty: '/sbin/agetty', login: '/bin/login' };
const BUSYBOX = { agetty: undefined, login: '/bin/login' };

test("sysvinit's gettys on tty1 and ttyS0 log the user in, others stay", (t) => {
  const debian = [
    'id:2:initdefault:',
    '1:2345:respawn:/sbin/getty --noclear 38400 tty1',
    '2:23:respawn:/sbin/getty 38400 tty2',
    '#T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100',
    'T0:23:respawn:/sbin/agetty -L ttyS0 9600 vt100',
  ];
  const changed = autologinInittab(debian, 'live', UTIL_LINUX);
  t.deepEqual(changed, [
    debian[0],
    '1:2345:respawn:/sbin/agetty --autologin live --noclear tty1 38400 linux',
    debian[2],
    debian[3],
    'T0:23:respawn:/sbin/agetty --autologin live --noclear ttyS0 115200 vt100',
  ]);
  t.deepEqual(inittabLogins(changed), ['live', 'live']);
  t.deepEqual(inittabLogins(debian), []);
});

test("busybox' init runs login itself", (t) => {
  const alpine = [
    '::sysinit:/sbin/openrc sysinit',
    'tty1::respawn:/sbin/getty 38400 tty1',
    'tty2::respawn:/sbin/getty 38400 tty2',
  ];
  const changed = autologinInittab(alpine, 'live', BUSYBOX);
  t.deepEqual(changed, [alpine[0], 'tty1::respawn:/bin/login -f live', alpine[2]]);
  t.deepEqual(inittabLogins(changed), ['live']);
});

test('without a program that can log in, and without gettys, nothing changes', (t) => {
  const sysvinit = ['1:2345:respawn:/sbin/getty 38400 tty1'];
  t.is(autologinInittab(sysvinit, 'live', BUSYBOX), sysvinit);
  const none = ['# tty1::respawn:/sbin/getty tty1', 'x:3:respawn:/usr/bin/xdm'];
  t.is(autologinInittab(none, 'live', UTIL_LINUX), none);
});

test('a bare shell on the console counts as root logged in', (t) => {
  t.deepEqual(inittabLogins(['::askfirst:-/bin/sh']), ['root']);
  t.deepEqual(inittabLogins(['tty1::respawn:/bin/sh -l', '#x::respawn:/bin/sh']), ['root']);
  t.deepEqual(inittabLogins(['::ctrlaltdel:/bin/sh', 'x:1:respawn:/bin/shoot']), []);
});

test('the drop-ins take the old command back first, and are found again', (t) => {
  const dropIns = systemdAutologin('/usr/sbin/agetty', 'live');
  t.deepEqual(
    dropIns.map(({ path }) => path),
    [
      'etc/systemd/system/getty@tty1.service.d/autologin.conf',
      'etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf',
    ],
  );
  for (const { text } of dropIns) {
    t.regex(
      text,
      /^\[Service\]\nExecStart=\nExecStart=-\/usr\/sbin\/agetty --autologin live .*%I \$TERM\n$/,
    );
    t.is(unitLogin(text), 'live');
  }
});

test('unit files that log somebody in are told from those that do not', (t) => {
  t.is(unitLogin('[Service]\nExecStart=-/sbin/agetty -a kiosk %I\n'), 'kiosk');
  t.is(
    unitLogin('ExecStart=-/sbin/agetty --autologin a\nExecStart=\nExecStart=-/sbin/agetty %I\n'),
    undefined,
  );
  t.is(unitLogin('ExecStart=-/sbin/agetty --noclear - $TERM'), undefined);
  t.is(unitLogin(''), undefined);
});

test('getty units are looked for where an administrator puts them', (t) => {
  const system = directory({
    'getty@tty1.service.d': directory({ 'x.conf': file(), note: file() }),
    'serial-getty@.service': file(),
    'getty@tty2.service': symlink('/dev/null'),
    'ssh.service': file(),
  });
  const root = directory({ etc: directory({ systemd: directory({ system }) }) });
  t.deepEqual(gettyUnitFiles(root), [
    'etc/systemd/system/getty@tty1.service.d/x.conf',
    'etc/systemd/system/serial-getty@.service',
  ]);
  t.deepEqual(gettyUnitFiles(directory()), []);
});
