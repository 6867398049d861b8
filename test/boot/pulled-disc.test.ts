import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { bootLive, type Cell } from './live-machine.js';
import {
  pressButton,
  pressCtrlAltDelete,
  pullDisc,
  pullStick,
  putDiscBack,
  trayOf,
} from './tray.js';

const CELL: Cell = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'ide',
  origin: 'direct',
  cow: 'zram',
  noReboot: true,
};

/** Read again from the disc: every program that a shell could want. */
const READ_ALL = 'echo 3 >/proc/sys/vm/drop_caches; cat /usr/bin/* /usr/sbin/* | md5sum';
const CTRL_ALT_DEL = 'cat /proc/sys/kernel/ctrl-alt-del';

test.serial(
  'a disc that is pulled is told once; put back, all goes on; Ctrl-Alt-Del restarts',
  async (t) => {
    const { machine, shell } = await bootLive(t, CELL);
    const sum = await shell.output(READ_ALL, 180);
    const level = await shell.output('cat /proc/sys/kernel/printk');
    t.is(await shell.output(CTRL_ALT_DEL), '0');

    // The button: systemd's udev would open the tray.
    await pressButton(machine);
    await setTimeout(8000);
    t.deepEqual(await trayOf(machine), { open: false, locked: true });

    await pullDisc(machine);
    await machine.expect(/live: The disc is gone/, 60);
    const told = machine.console.transcript.length;
    // What is in memory works; what is not fails, and does not fill the console.
    t.is(await shell.output(CTRL_ALT_DEL), '1');
    await shell.run('for file in /usr/share/*/* /var/lib/*/*; do read -r line <"$file"; done');
    await setTimeout(10_000);
    const since = machine.console.transcript.slice(told);
    t.notRegex(since, /I\/O error|live:/);

    await putDiscBack(machine);
    await machine.expect(/live: The disc is back/, 60);
    t.is(await shell.output(READ_ALL, 180), sum);
    t.is(await shell.output('cat /proc/sys/kernel/printk'), level);
    t.is(await shell.output(CTRL_ALT_DEL), '0');
    t.regex(await shell.output('dmsetup status live-root'), /^0 \d+ snapshot \d+\/\d+ \d+$/);
    t.is(await shell.output('systemctl is-system-running || true'), 'running');

    await pullDisc(machine);
    await machine.expect(/live: The disc is gone/, 60);
    // From here on the shell has no programs any more.
    await shell.leave('echo 3 >/proc/sys/vm/drop_caches');
    await setTimeout(5000);
    await pressCtrlAltDelete(machine);
    await t.notThrowsAsync(machine.waitForExit(30));
  },
);

test.serial('a stick that is pulled is told once; the guard switches off', async (t) => {
  const { machine, shell } = await bootLive(t, { ...CELL, drive: 'usb' });
  await shell.output('echo 3 >/proc/sys/vm/drop_caches');
  // What the shell's driver needs to take a command is in memory again.
  await shell.output('true');
  await pullStick(machine);
  // It cannot come back.
  await machine.expect(/live: The disc is gone, and the system runs from it\. To restart/, 60);
  const told = machine.console.transcript.length;
  await setTimeout(5000);
  await shell.leave('echo poweroff >/run/live/guard');
  await t.notThrowsAsync(machine.waitForExit(30));
  t.notRegex(machine.console.transcript.slice(told), /I\/O error|live:/);
});
