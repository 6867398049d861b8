import test from 'ava';
import fc from 'fast-check';
import {
  addFields,
  findFields,
  joinLines,
  replaceFields,
  splitLines,
} from '../../../src/rootfs/login/account-lines.js';
import { addGroup, groupId, joinGroups } from '../../../src/rootfs/login/group.js';
import { nextFreeId, parseAccounts } from '../../../src/rootfs/login/passwd.js';
import { passwordState, setShadowPassword } from '../../../src/rootfs/login/shadow.js';
import { checkUserName } from '../../../src/rootfs/login/user-name.js';

test('files of any bytes come back with every line ended', (t) => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const back = joinLines(splitLines(bytes));
      const isWhole = bytes.length === 0 || bytes.at(-1) === 0x0a;
      return back.equals(isWhole ? bytes : Buffer.concat([bytes, Buffer.from('\n')]));
    }),
  );
  t.deepEqual(splitLines(Buffer.from('a\n\nb')), ['a', '', 'b']);
});

test('a line is found by its whole name, changed in place or added before NIS lines', (t) => {
  const lines = ['# comment', 'rooted:x', 'root:x:0', 'root:y:1', '+::::::'];
  t.deepEqual(findFields(lines, 'root'), ['root', 'x', '0']);
  t.is(findFields(lines, 'roo'), undefined);
  t.deepEqual(replaceFields(lines, 'root', ['root', 'z']), lines.with(2, 'root:z'));
  t.deepEqual(addFields(lines, ['new', '1']), [...lines.slice(0, 4), 'new:1', '+::::::']);
  t.deepEqual(replaceFields(['a:1'], 'b', ['b', '2']), ['a:1', 'b:2']);
});

test('accounts are the lines that are accounts', (t) => {
  const lines = [
    '# root:x:0:0::/:/bin/sh',
    'root:x:0:0:caf\xe9:/root:/bin/sh',
    'bad:x:NaN:0::/:',
    'short:x',
    '+::::::',
    'noshell:x:5:5::/',
  ];
  t.deepEqual(parseAccounts(lines), [
    { name: 'root', password: 'x', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' },
    { name: 'noshell', password: 'x', uid: 5, gid: 5, home: '/', shell: '' },
  ]);
});

test('the next id is free as a user and as a group', (t) => {
  t.is(nextFreeId([], []), 1000);
  t.is(nextFreeId(['a:x:1000:1000'], ['b:x:1001:']), 1002);
  t.is(nextFreeId(['nobody:x:65534:65534'], []), 1000);
  const all = Array.from({ length: 59_000 }, (_, index) => `u:x:${1000 + index}`);
  t.throws(() => nextFreeId(all, []), { code: 'rootfs.no-free-uid' });
});

test('password fields: hashes of all kinds, empty, and everything else is locked', (t) => {
  const hashes = [
    '$6$salt$hash',
    '$y$j9T$salt$hash',
    '$1$a$b',
    'ab/.01234567Z',
    '_J9..rasmBYk8r9AiWNc',
  ];
  for (const hash of hashes) t.is(passwordState(hash), 'password', hash);
  t.is(passwordState(''), 'empty');
  for (const field of ['*', '!', '!!', '!$6$salt$hash', '*LK*', 'x', '$6$']) {
    t.is(passwordState(field), 'locked', field);
  }
});

test('a password is set without a date, and takes back that it must be changed', (t) => {
  t.deepEqual(setShadowPassword([], 'live', 'H'), ['live:H::0:99999:7:::']);
  t.deepEqual(setShadowPassword(['root:*:19000:0:99999:7:::'], 'root', 'H'), [
    'root:H:19000:0:99999:7:::',
  ]);
  t.deepEqual(setShadowPassword(['root:*:0:0:99999:7:::'], 'root', 'H'), ['root:H::0:99999:7:::']);
});

test('groups are joined once, if they exist', (t) => {
  const lines = ['sudo:x:27:', 'audio:x:29:pulse,live', 'video:x:44:a', 'odd'];
  const joined = joinGroups(lines, ['sudo', 'audio', 'video', 'cdrom', 'odd'], 'live');
  t.deepEqual(joined, ['sudo:x:27:live', 'audio:x:29:pulse,live', 'video:x:44:a,live', 'odd']);
  t.is(groupId(addGroup(lines, 'live', 1000), 'live'), 1000);
  t.is(groupId(lines, 'none'), undefined);
});

test('user names are those that useradd takes', (t) => {
  for (const name of ['live', '_x', 'a-b_9', 'a'.repeat(32)])
    t.notThrows(() => checkUserName(name));
  for (const name of [
    '',
    'Live',
    '9a',
    '-a',
    'a b',
    'a:b',
    'a\nb',
    '../x',
    'é',
    'a'.repeat(33),
    '%I',
  ]) {
    t.throws(() => checkUserName(name), { code: 'usage.user' }, name);
  }
});
