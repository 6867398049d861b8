import test from 'ava';
import fc from 'fast-check';
import { parseUnit } from '../../src/started/unit-file.js';

const parse = (...lines: string[]) => parseUnit(Buffer.from(lines.join('\n')));

test('a service: what it wants, what it runs, where its variables come from', (t) => {
  const { wants, words } = parse(
    '[Unit]',
    'Wants=network.target time-set.target',
    ' Requires = dbus.socket',
    'After=other.target',
    '[Service]',
    'EnvironmentFile=-/etc/default/cron',
    'ExecStartPre=/usr/sbin/cron -t',
    'ExecStart=-@+/usr/sbin/cron cron -f $EXTRA_OPTS',
    'ExecStop=/bin/kill',
  );
  t.deepEqual(wants, ['network.target', 'time-set.target', 'dbus.socket']);
  t.deepEqual(words.slice(0, 3), ['/etc/default/cron', '/usr/sbin/cron', '-t']);
  t.is(words.filter((word) => word === '/usr/sbin/cron').length, 1);
  t.false(words.includes('/bin/kill'));
});

test('comments and lines that go on, comments between them, too', (t) => {
  const { words } = parse(
    '#ExecStart=/bin/no',
    ';ExecStart=/bin/no',
    'ExecStart=/bin/sh -c \\',
    '# not a word',
    '   "/usr/bin/one; exec /usr/bin/two" \\',
    '  /etc/three',
    'ExecStartPost=/bin/four',
  );
  const found = words.filter((word) => word.startsWith('/'));
  t.deepEqual(found, ['/bin/sh', '/usr/bin/one', '/usr/bin/two', '/etc/three', '/bin/four']);
});

test('whatever the bytes are, there is an answer', (t) => {
  const piece = fc.constantFrom(
    'ExecStart=',
    'Wants=',
    '\\\n',
    '\n',
    '-@',
    '"',
    '/bin/x',
    '=',
    '\0',
  );
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 }))).map((all) => all.join(''));
  fc.assert(
    fc.property(text, (unit) => {
      const { wants, words } = parse(unit);
      t.false([...wants, ...words].includes(''));
    }),
  );
});
