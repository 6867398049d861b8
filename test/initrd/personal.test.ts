import { readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { enterNewRoot } from './helpers/new-root.js';

const FILES = {
  'etc/hostname': 'debian\n',
  'etc/hosts': '127.0.0.1\tlocalhost\n127.0.1.1\tdebian\n',
  'etc/timezone': 'Etc/UTC\n',
  'etc/localtime': '-> /usr/share/zoneinfo/Etc/UTC',
  'usr/share/zoneinfo/Europe/Berlin': 'TZif',
  'etc/default/keyboard': '# a comment\nXKBMODEL="pc105"\nXKBLAYOUT="us"\nXKBVARIANT=""\n',
  'etc/default/locale': 'LANG=C.UTF-8\nLC_TIME=C\n',
  'etc/debian_version': '12\n',
  'usr/lib/locale/locale-archive': 'xx de_DE.utf8 yy',
};

test('without parameters the root stays as it was built', async (t) => {
  const root = await enterNewRoot(t, FILES);
  if (root === undefined) return;
  const listing = 'find /root -type f -exec md5sum {} + | sort; find /root -type l | sort';
  const before = await root.lines(listing);
  t.deepEqual(await root.lines('prepare_settings; prepare_login; run_hooks'), []);
  t.deepEqual(await root.lines(listing), before);
});

test('name, time zone, keyboard and language are set', async (t) => {
  const root = await enterNewRoot(t, FILES);
  if (root === undefined) return;
  const script = `live_hostname=kiosk-1 live_timezone=Europe/Berlin live_keyboard=de:nodeadkeys
    live_locale=de_DE.UTF-8; prepare_settings`;
  t.deepEqual(await root.lines(script), []);
  t.is(await root.read('root/etc/hostname'), 'kiosk-1\n');
  t.is(await root.read('root/etc/hosts'), '127.0.0.1\tlocalhost\n127.0.1.1 kiosk-1\n');
  t.is(await root.read('proc/sys/kernel/hostname'), 'kiosk-1\n');
  t.is(await readlink(join(root.top, 'root/etc/localtime')), '/usr/share/zoneinfo/Europe/Berlin');
  t.is(await root.read('root/etc/timezone'), 'Europe/Berlin\n');
  t.is(
    await root.read('root/etc/default/keyboard'),
    '# a comment\nXKBMODEL="pc105"\nXKBLAYOUT="de"\nXKBVARIANT="nodeadkeys"\n',
  );
  t.is(
    await root.read('root/etc/vconsole.conf'),
    'KEYMAP=de-nodeadkeys\nXKBLAYOUT=de\nXKBVARIANT=nodeadkeys\n',
  );
  t.is(await root.read('root/etc/default/locale'), 'LC_TIME=C\nLANG=de_DE.UTF-8\n');
});

test('where a file is missing it is made, where the system reads it', async (t) => {
  const root = await enterNewRoot(t, { 'etc/os-release': 'ID=other\n' });
  if (root === undefined) return;
  const script = 'live_hostname=box live_locale=C.UTF-8 live_keyboard=us,ru; prepare_settings';
  t.deepEqual(await root.lines(script), []);
  t.is(await root.read('root/etc/hosts'), '127.0.0.1 localhost\n127.0.1.1 box\n');
  t.is(await root.read('root/etc/locale.conf'), 'LANG=C.UTF-8\n');
  t.is(await root.read('root/etc/vconsole.conf'), 'KEYMAP=us\nXKBLAYOUT=us,ru\nXKBVARIANT=\n');
});

test('hostile or odd values are refused with a warning and change nothing', async (t) => {
  const root = await enterNewRoot(t, FILES);
  if (root === undefined) return;
  const values = [
    "live_hostname='a/b'",
    "live_hostname='-x'",
    'live_hostname=yes',
    "live_timezone='../../etc/passwd'",
    "live_timezone='Europe'",
    "live_timezone='/etc/passwd'",
    "live_keyboard='de\";reboot'",
    "live_keyboard='de:a:b'",
    'live_keyboard=yes',
    "live_locale='$(id)'",
    'live_locale=yes',
    "live_locale='xx_YY.UTF-8'",
  ];
  for (const value of values) {
    const said = await root.lines(`${value}; prepare_settings; echo "status $?"`);
    t.is(said.length, 2, `${value}: ${said}`);
    t.regex(said[0] ?? '', /^warning: .*live\./, value);
  }
  t.is(await root.read('root/etc/hostname'), FILES['etc/hostname']);
  t.is(await root.read('root/etc/default/locale'), FILES['etc/default/locale']);
});

test('what is there already is not written again, and a file keeps its owner and mode', async (t) => {
  const root = await enterNewRoot(t, {
    'etc/shadow': 'root:*::\n',
    'etc/hosts': '-> /etc/elsewhere',
  });
  if (root === undefined) return;
  await root.lines('chown 0:42 /root/etc/shadow; chmod 640 /root/etc/shadow');
  const file = join(root.top, 'root/etc/shadow');
  const before = await stat(file);
  await root.lines('echo "root:*::" | put /etc/shadow');
  t.is((await stat(file)).ctimeMs, before.ctimeMs);
  await root.lines('echo "anna:!::" | put /etc/shadow');
  const { mode, gid, ino } = await stat(file);
  t.deepEqual({ mode, gid, ino }, { mode: 0o100640, gid: 42, ino: before.ino });
  t.is(await root.read('root/etc/shadow'), 'anna:!::\n');
  // A symlink out of the new root is replaced, not followed.
  await root.lines('echo x | put /etc/hosts');
  t.is(await root.read('root/etc/hosts'), 'x\n');
  await t.throwsAsync(stat(join(root.top, 'etc/elsewhere')));
});
