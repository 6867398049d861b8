import test from 'ava';
import { DAEMON } from '../fixtures/make-deb.js';
import { checkShutdown, checkSwap } from './facts.js';
import { PACKAGE_ON_MEDIUM } from './live-iso.js';
import { bootLive, bootToShell, type Cell, EMULATED } from './live-machine.js';

const CELL: Cell = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'ide',
  origin: 'direct',
  cow: 'zram',
  // It starts from the same disc again.
  parameters: 'live.eject=no',
};

/** The menu's entry for debugging: the kernel's messages on the console, then a shell. */
const DEBUG = {
  entry: 'Debug',
  questions: [
    {
      asked: /live\.debug: before 'switch_to_root'/,
      answer: 'echo shell-$((40 + 2)) $(cat /proc/sys/kernel/printk)',
    },
    { asked: /shell-42 7\s/, answer: 'exit' },
  ],
};

test.serial(
  'a package with a daemon works, in little memory, until the machine is started anew for debugging',
  async (t) => {
    const live = await bootLive(t, { ...CELL, entry: 'Save memory' });
    const { shell } = live;
    await checkSwap(t, shell, 100);
    // The shell is there before all else is.
    await shell.output('until systemctl is-active multi-user.target; do sleep 1; done', 180);
    t.regex(await shell.output('cat /proc/cmdline'), / udev\.children_max=1 /);
    await shell.output(`dpkg -i ${PACKAGE_ON_MEDIUM}`, 180);
    t.is(await shell.output(`systemctl is-active ${DAEMON.unit}`), 'active');
    const beats = async () => Number(await shell.output(`wc -l <${DAEMON.state}`));
    const first = await beats();
    await shell.output('sleep 3');
    t.true((await beats()) > first, 'the daemon writes under /var');
    t.regex(await shell.output('findmnt -no SOURCE,FSTYPE -T /var'), /live-root +ext2/);

    await shell.leave('systemctl reboot');
    const again = await bootToShell(live.machine, `${EMULATED} live.origin=direct`, DEBUG);
    t.not((await again.run(`test -e ${DAEMON.state}`)).status, 0, 'its file is gone');
    t.not((await again.run(`dpkg -s ${DAEMON.package}`)).status, 0, 'it is not installed');
    await checkShutdown(t, { ...live, shell: again, asksForDisc: true });
  },
);
