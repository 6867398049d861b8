import test from 'ava';
import { DAEMON } from '../fixtures/make-deb.js';
import { checkShutdown } from './facts.js';
import { PACKAGE_ON_MEDIUM } from './live-iso.js';
import { bootLive, bootToShell, type Cell } from './live-machine.js';

const CELL: Cell = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'ide',
  origin: 'direct',
  cow: 'zram',
  // It starts from the same disc again.
  parameters: 'live.eject=no',
};

test.serial('a package with a daemon works until the machine is started anew', async (t) => {
  const live = await bootLive(t, CELL);
  const { shell } = live;
  await shell.output(`dpkg -i ${PACKAGE_ON_MEDIUM}`, 180);
  t.is(await shell.output(`systemctl is-active ${DAEMON.unit}`), 'active');
  const beats = async () => Number(await shell.output(`wc -l <${DAEMON.state}`));
  const first = await beats();
  await shell.output('sleep 3');
  t.true((await beats()) > first, 'the daemon writes under /var');
  t.regex(await shell.output('findmnt -no SOURCE,FSTYPE -T /var'), /live-root +ext2/);

  await shell.leave('systemctl reboot');
  const again = await bootToShell(live.machine, 'live.origin=direct');
  t.not((await again.run(`test -e ${DAEMON.state}`)).status, 0, 'its file is gone');
  t.not((await again.run(`dpkg -s ${DAEMON.package}`)).status, 0, 'it is not installed');
  await checkShutdown(t, { ...live, shell: again, asksForDisc: true });
});
