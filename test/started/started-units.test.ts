import test from 'ava';
import { type StartedUnit, startedUnits } from '../../src/started/started-units.js';
import { readUnitFiles } from '../../src/started/unit-files.js';
import { type Files, source, tree } from '../initrd/helpers/view.js';

const SYSTEM = 'usr/lib/systemd/system';

async function unitsOf(files: Files): Promise<StartedUnit[]> {
  return startedUnits(await readUnitFiles(source(tree(files))));
}

async function names(files: Files): Promise<string[]> {
  return (await unitsOf(files)).map(({ name }) => name);
}

test('from default.target by links and lines, through an alias', async (t) => {
  const found = await names({
    [`${SYSTEM}/default.target`]: '-> graphical.target',
    [`${SYSTEM}/graphical.target`]:
      '[Unit]\nWants=display-manager.service\nRequires=multi-user.target\n',
    [`${SYSTEM}/multi-user.target`]: '[Unit]',
    'etc/systemd/system/multi-user.target.wants/cron.service': `-> /${SYSTEM}/cron.service`,
    [`${SYSTEM}/cron.service`]: '[Service]\nExecStart=/usr/sbin/cron\n',
    'etc/systemd/system/display-manager.service': `-> /${SYSTEM}/lightdm.service`,
    [`${SYSTEM}/lightdm.service`]: '[Unit]',
    [`${SYSTEM}/never.service`]: '[Unit]',
    [`${SYSTEM}/sysinit.target.requires/early.service`]: '-> ../early.service',
    [`${SYSTEM}/early.service`]: '[Unit]',
  });
  for (const name of ['default.target', 'multi-user.target', 'cron.service', 'early.service'])
    t.true(found.includes(name), name);
  t.true(found.includes('lightdm.service'));
  t.false(found.includes('never.service'));
});

test('the first folder wins, a mask hides what is behind it, drop-ins add', async (t) => {
  const units = await unitsOf({
    [`${SYSTEM}/default.target`]: 'Wants=a.service b.service',
    [`${SYSTEM}/a.service`]: 'ExecStart=/bin/old',
    'etc/systemd/system/a.service': 'ExecStart=/bin/new',
    'etc/systemd/system/a.service.d/10-more.conf': 'ExecStartPre=/bin/more',
    'etc/systemd/system/a.service.d/README': 'ExecStartPre=/bin/no',
    [`${SYSTEM}/b.service`]: 'ExecStart=/bin/masked',
    'etc/systemd/system/b.service': '-> /dev/null',
    'dev/null': '',
  });
  const words = units.flatMap((unit) => unit.words);
  t.deepEqual(words, ['/bin/new', '/bin/more']);
});

test('an instance is made of its template', async (t) => {
  const units = await unitsOf({
    [`${SYSTEM}/default.target.wants/getty@tty1.service`]: '-> ../getty@.service',
    [`${SYSTEM}/default.target`]: '[Unit]',
    [`${SYSTEM}/getty@.service`]: 'ExecStart=/sbin/agetty %I',
    'etc/systemd/system/getty@.service.d/x.conf': 'EnvironmentFile=/etc/x',
  });
  const getty = units.find(({ name }) => name === 'getty@tty1.service');
  t.deepEqual(getty?.words, ['/sbin/agetty', '%I', '/etc/x']);
});

test('an instance may have dots in its name', async (t) => {
  const units = await unitsOf({
    [`${SYSTEM}/default.target`]: 'Wants=vpn@my.office.service',
    [`${SYSTEM}/vpn@.service`]: 'ExecStart=/usr/sbin/vpn',
  });
  t.deepEqual(units.find(({ name }) => name === 'vpn@my.office.service')?.words, ['/usr/sbin/vpn']);
});

test('what hangs on a masked unit is not started, nor is an empty one', async (t) => {
  const found = await names({
    [`${SYSTEM}/default.target`]: 'Wants=a.service b.service',
    [`${SYSTEM}/a.service`]: '-> /dev/null',
    [`${SYSTEM}/a.service.wants/c.service`]: '-> ../c.service',
    [`${SYSTEM}/b.service`]: '',
    [`${SYSTEM}/c.service`]: '[Unit]',
    'dev/null': '',
  });
  t.deepEqual(found, ['default.target']);
});

test('more units, links and drop-ins than a system has end the search, not the build', async (t) => {
  const links = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [
      `etc/systemd/system/default.target.wants/${index}.service`,
      `-> ${SYSTEM}/x@.service`,
    ]),
  );
  const line = `Wants=${Array.from({ length: 4000 }, (_, index) => `u${index}.service`).join(' ')}`;
  const dropIns = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [
      `${SYSTEM}/x@.service.d/${index}.conf`,
      `${line}\n`,
    ]),
  );
  const found = await names({
    [`${SYSTEM}/default.target`]: line.replace('=', '=x@1.service '),
    [`${SYSTEM}/x@.service`]: line,
    ...links,
    ...dropIns,
  });
  t.true(found.length > 1 && found.length <= 2048, `${found.length}`);
});

test('units that want one another, and names that are none', async (t) => {
  const found = await names({
    [`${SYSTEM}/default.target`]: 'Wants=a.service ../../../etc/passwd x/y.service',
    [`${SYSTEM}/a.service`]: 'Wants=default.target a.service',
    'etc/passwd': 'Wants=never.service',
    [`${SYSTEM}/never.service`]: '[Unit]',
  });
  t.deepEqual(found, ['default.target', 'a.service']);
});
