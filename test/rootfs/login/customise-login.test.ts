import { scryptSync } from 'node:crypto';
import test from 'ava';
import type { ByteString } from '../../../src/bytes.js';
import { run } from '../../../src/process.js';
import { customiseLogin } from '../../../src/rootfs/login/customise-login.js';
import { describeLogins } from '../../../src/rootfs/login/describe-logins.js';
import { hashPassword } from '../../../src/rootfs/login/password-hash.js';
import type { Source } from '../../../src/rootfs/source.js';
import { type Directory, type Inode, lookup } from '../../../src/rootfs/tree.js';
import { attributes, directory, file, symlink } from '../../fixtures/torture-tree.js';
import { tool } from '../helpers.js';

/** A source whose files all have their contents with them. */
function sourceOf(root: Directory): Source {
  return {
    description: 'test',
    root,
    warnings: [],
    dataBytes: 0,
    fetch: async (files) => new Map(files.map((from) => [from, Buffer.from(from.content ?? [])])),
    async *read() {},
    close: async () => {},
  };
}

const GETTY = file('agetty', { mode: 0o755 });
const SECRET = { mode: 0o640, gid: 42 };

function debian(changes: Record<ByteString, Inode> = {}): Source {
  const etc = directory({
    passwd: file(
      'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nold:x:1000:1000::/home/old:/bin/sh\n',
    ),
    shadow: file(
      'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nold:!:19000::::::\n',
      SECRET,
    ),
    group: file('root:x:0:\nsudo:x:27:\naudio:x:29:\nold:x:1000:\n'),
    gshadow: file('root:*::\nsudo:*::\naudio:*::\nold:!::\n', SECRET),
    skel: directory({
      '.bashrc': file('rc', { mode: 0o640 }),
      sub: directory({ l: symlink('x') }, { mode: 0o700 }),
    }),
    ...changes,
  });
  const usr = directory({
    bin: directory({ bash: file('#!'), sh: file('#!') }),
    sbin: directory({ agetty: GETTY }),
    lib: directory({ systemd: directory({ systemd: file('init') }) }),
  });
  const links = { bin: symlink('usr/bin'), sbin: symlink('usr/sbin'), lib: symlink('usr/lib') };
  return sourceOf(directory({ etc, usr, ...links }));
}

function text(source: Source, path: string): string {
  const found = lookup(source.root, path);
  return found?.kind === 'file' ? Buffer.from(found.content ?? []).toString('latin1') : '(none)';
}

test('a new user gets an account, groups, a home and a password', async (t) => {
  const source = debian();
  const result = await customiseLogin(source, { user: 'live', password: 'secret' });
  t.deepEqual(result.accounts, [{ name: 'live', means: ['password'] }]);
  t.true(result.usable);
  t.regex(text(source, 'etc/passwd'), /^root:.*\nlive:x:1001:1001::\/home\/live:\/bin\/bash\n$/s);
  t.is(
    text(source, 'etc/group'),
    'root:x:0:\nsudo:x:27:live\naudio:x:29:live\nold:x:1000:\nlive:x:1001:\n',
  );
  t.is(text(source, 'etc/gshadow'), 'root:*::\nsudo:*::live\naudio:*::live\nold:!::\nlive:!::\n');
  const shadow = lookup(source.root, 'etc/shadow');
  t.is(shadow?.mode, 0o640);
  t.is(shadow?.gid, 42);
  const home = lookup(source.root, 'home/live');
  t.is(home?.uid, 1001);
  const rc = lookup(source.root, 'home/live/.bashrc');
  t.is(rc?.uid, 1001);
  t.is(rc?.mode, 0o640);
  t.is(text(source, 'home/live/.bashrc'), 'rc');
  t.is(lookup(source.root, 'home/live/sub/l', { followLast: false })?.gid, 1001);
  t.is(lookup(source.root, 'home/live/sub')?.mode, 0o700);
  t.is(lookup(source.root, 'etc/skel/.bashrc')?.uid, 0);
  t.is(lookup(source.root, 'home')?.uid, 0);
});

test('the hash is what openssl makes of the password, and the same every time', async (t) => {
  const hash = await hashPassword('live', 'pass wörd$');
  const salt = hash.split('$')[2] ?? '';
  t.regex(hash, /^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
  t.is(hash, await hashPassword('live', 'pass wörd$'));
  t.not(hash, await hashPassword('other', 'pass wörd$'));
  // A guess at the salt costs as much as scrypt does: no fast hash of the password is on the disc.
  const key = scryptSync('pass wörd$', 'snapdisc\0live', 12, { N: 16_384, r: 8, p: 1 });
  t.is(salt, key.toString('base64').replaceAll('+', '.'));
  const openssl = await run(tool('openssl'), ['passwd', '-6', '-salt', salt, 'pass wörd$']);
  t.is(openssl.toString().trim(), hash);
  for (const password of ['', 'a\nb', 'a\0b', 'é'.repeat(129)]) {
    await t.throwsAsync(hashPassword('live', password), { code: 'usage.password' });
  }
});

test('a password without a user is for root, and changes nothing else', async (t) => {
  const source = debian();
  const before = text(source, 'etc/passwd');
  const result = await customiseLogin(source, { password: 'secret' });
  t.deepEqual(result.accounts, [{ name: 'root', means: ['password'] }]);
  t.is(text(source, 'etc/passwd'), before);
  t.regex(text(source, 'etc/shadow'), /^root:\$6\$[^:]+:19000:0:99999:7:::\ndaemon:\*/);
  t.is(lookup(source.root, 'home'), undefined);
});

test('an existing user keeps everything but the password', async (t) => {
  const source = debian();
  await customiseLogin(source, { user: 'old', password: 'secret' });
  t.regex(text(source, 'etc/shadow'), /\nold:\$6\$[^:]+:19000::::::\n$/);
  t.is(text(source, 'etc/passwd').match(/^old:/gm)?.length, 1);
  t.is(text(source, 'etc/group'), text(debian(), 'etc/group'));
});

test('a new user without a password is locked, unless it is logged in at boot', async (t) => {
  const locked = debian();
  const result = await customiseLogin(locked, { user: 'live' });
  t.false(result.usable);
  t.regex(result.description, /Nobody can log in.*--password/);
  t.regex(text(locked, 'etc/shadow'), /\nlive:!::0:99999:7:::\n$/);

  const kiosk = debian();
  const { accounts, description } = await customiseLogin(kiosk, { user: 'live', autologin: true });
  t.deepEqual(accounts, [{ name: 'live', means: ['empty-password', 'autologin'] }]);
  t.regex(description, /live .*at boot/);
  const path = 'etc/systemd/system/getty@tty1.service.d/autologin.conf';
  t.regex(text(kiosk, path), /ExecStart=-\/sbin\/agetty --autologin live/);
});

test('autologin without a user is for root, and leaves its password alone', async (t) => {
  const source = debian();
  const { accounts } = await customiseLogin(source, { autologin: true });
  t.deepEqual(accounts, [{ name: 'root', means: ['autologin'] }]);
  t.regex(text(source, 'etc/shadow'), /^root:\*:/);
});

test('without options nothing changes', async (t) => {
  const source = debian();
  const before = lookup(source.root, 'etc');
  const entries = before?.kind === 'directory' ? [...before.entries] : [];
  const result = await customiseLogin(source, {});
  t.deepEqual(result.accounts, []);
  t.deepEqual(before?.kind === 'directory' ? [...before.entries] : undefined, entries);
});

test('without /etc/shadow the hash goes to /etc/passwd', async (t) => {
  const etc = directory({ passwd: file('root::0:0::/:/bin/sh') });
  const source = sourceOf(directory({ etc, bin: directory({ sh: file('') }) }));
  t.deepEqual((await describeLogins(source)).accounts, [
    { name: 'root', means: ['empty-password'] },
  ]);
  await customiseLogin(source, { user: 'live', password: 'secret' });
  t.regex(
    text(source, 'etc/passwd'),
    /^root::0:0::\/:\/bin\/sh\nlive:\$6\$[^:]+:1000:1000::\/home\/live:\/bin\/sh\n$/,
  );
  t.is(text(source, 'etc/shadow'), '(none)');
  t.is(text(source, 'etc/gshadow'), '(none)');
  t.is(text(source, 'etc/group'), 'live:x:1000:\n');
});

test("Alpine's busybox gets login in its inittab", async (t) => {
  const etc = directory({
    passwd: file('root:x:0:0:root:/root:/bin/ash\n'),
    shadow: file('root:*::0:::::\n'),
    group: file('root:x:0:root\nwheel:x:10:root\n'),
    inittab: file('tty1::respawn:/sbin/getty 38400 tty1\n'),
  });
  const source = sourceOf(directory({ etc, bin: directory({ login: file(''), sh: file('') }) }));
  const { accounts } = await customiseLogin(source, {
    user: 'live',
    password: 'x',
    autologin: true,
  });
  t.deepEqual(accounts, [{ name: 'live', means: ['password', 'autologin'] }]);
  t.is(text(source, 'etc/inittab'), 'tty1::respawn:/bin/login -f live\n');
  t.is(text(source, 'etc/group'), 'root:x:0:root\nwheel:x:10:root,live\nlive:x:1000:\n');
});

test('what cannot be done is an error', async (t) => {
  const bare = sourceOf(directory({ etc: directory() }));
  await t.throwsAsync(customiseLogin(bare, { user: 'live' }), { code: 'rootfs.accounts' });
  const noGetty = sourceOf(directory({ etc: directory({ passwd: file('root:x:0:0::/:\n') }) }));
  await t.throwsAsync(customiseLogin(noGetty, { autologin: true }), { code: 'rootfs.autologin' });
  await t.throwsAsync(customiseLogin(debian(), { user: 'Live' }), { code: 'usage.user' });
  const blocked = debian({ systemd: file('no directory') });
  await t.throwsAsync(customiseLogin(blocked, { autologin: true }), { code: 'rootfs.path' });
});

test('account files behind symlinks are written where they really are', async (t) => {
  const source = debian({ passwd: symlink('../usr/lib/passwd') });
  const lib = lookup(source.root, 'usr/lib');
  if (lib?.kind === 'directory')
    lib.entries.set('passwd', file('root:x:0:0::/:\n', { mode: 0o600 }));
  await customiseLogin(source, { user: 'live', password: 'x' });
  t.is(lookup(source.root, 'etc/passwd', { followLast: false })?.kind, 'symlink');
  t.regex(text(source, 'usr/lib/passwd'), /\nlive:x:1001:/);
  t.is(lookup(source.root, 'usr/lib/passwd')?.mode, 0o600);
});

test('a home that exists is left alone', async (t) => {
  const source = debian();
  const live = directory({}, { uid: 7 });
  source.root.entries.set('home', directory({ live }));
  await customiseLogin(source, { user: 'live', password: 'x' });
  t.deepEqual([...live.entries], []);
  t.is(live.uid, 7);
});

test('shells that are none keep accounts from counting', async (t) => {
  const passwd = [
    'a:x:1:1::/:/usr/sbin/nologin',
    'b:x:2:2::/:/bin/false',
    'c:x:3:3::/:',
    'd:x:4:4::/:/bin/sh',
  ];
  const shadow = ['a::::::::', 'b::::::::', 'c::::::::', 'd:!::::::: '];
  const etc = directory({ passwd: file(passwd.join('\n')), shadow: file(shadow.join('\n')) });
  const { accounts } = await describeLogins(sourceOf(directory({ etc }, attributes())));
  t.deepEqual(accounts, [{ name: 'c', means: ['empty-password'] }]);
});
