import test from 'ava';
import { startedUnits } from '../../src/started/started-units.js';
import { type Files, source, tree } from '../initrd/helpers/view.js';

const SYSTEM = 'usr/lib/systemd/system';

async function names(files: Files): Promise<string[]> {
  const units = await startedUnits(source(tree(files)));
  return units.filter((unit) => unit.files.length > 0).map(({ name }) => name);
}

test('from default.target by links and lines, through an alias', async (t) => {
  const found = await names({
    [`${SYSTEM}/default.target`]: '-> graphical.target',
    [`${SYSTEM}/graphical.target`]:
      '[Unit]\nWants=display-manager.service\nRequires=multi-user.target\n',
    [`${SYSTEM}/multi-user.target`]: '',
    'etc/systemd/system/multi-user.target.wants/cron.service': `-> /${SYSTEM}/cron.service`,
    [`${SYSTEM}/cron.service`]: '[Service]\nExecStart=/usr/sbin/cron\n',
    'etc/systemd/system/display-manager.service': `-> /${SYSTEM}/lightdm.service`,
    [`${SYSTEM}/lightdm.service`]: '',
    [`${SYSTEM}/never.service`]: '',
    [`${SYSTEM}/sysinit.target.requires/early.service`]: '-> ../early.service',
    [`${SYSTEM}/early.service`]: '',
  });
  for (const name of ['default.target', 'multi-user.target', 'cron.service', 'early.service'])
    t.true(found.includes(name), name);
  t.true(found.includes('lightdm.service'));
  t.false(found.includes('never.service'));
});

test('the first folder wins, a mask hides what is behind it, drop-ins add', async (t) => {
  const units = await startedUnits(
    source(
      tree({
        [`${SYSTEM}/default.target`]: 'Wants=a.service b.service',
        [`${SYSTEM}/a.service`]: 'ExecStart=/bin/old',
        'etc/systemd/system/a.service': 'ExecStart=/bin/new',
        'etc/systemd/system/a.service.d/10-more.conf': 'ExecStartPre=/bin/more',
        'etc/systemd/system/a.service.d/README': 'ExecStartPre=/bin/no',
        [`${SYSTEM}/b.service`]: 'ExecStart=/bin/masked',
        'etc/systemd/system/b.service': '-> /dev/null',
        'dev/null': '',
      }),
    ),
  );
  const words = units.flatMap((unit) => unit.words);
  t.deepEqual(words, ['/bin/new', '/bin/more']);
});

test('an instance is made of its template', async (t) => {
  const units = await startedUnits(
    source(
      tree({
        [`${SYSTEM}/default.target.wants/getty@tty1.service`]: '-> ../getty@.service',
        [`${SYSTEM}/default.target`]: '',
        [`${SYSTEM}/getty@.service`]: 'ExecStart=/sbin/agetty %I',
        'etc/systemd/system/getty@.service.d/x.conf': 'EnvironmentFile=/etc/x',
      }),
    ),
  );
  const getty = units.find(({ name }) => name === 'getty@tty1.service');
  t.deepEqual(getty?.words, ['/sbin/agetty', '%I', '/etc/x']);
});

test('units that want one another, and names that are none', async (t) => {
  const found = await names({
    [`${SYSTEM}/default.target`]: 'Wants=a.service ../../../etc/passwd x/y.service',
    [`${SYSTEM}/a.service`]: 'Wants=default.target a.service',
    'etc/passwd': 'Wants=never.service',
    [`${SYSTEM}/never.service`]: '',
  });
  t.deepEqual(found, ['default.target', 'a.service']);
});
