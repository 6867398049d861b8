import test from 'ava';
import { sysvinitTar } from '../fixtures/sysvinit.js';
import { checkAddress, checkGuard, checkRoot, checkShutdown, checkSwap } from './facts.js';
import { type Flavour, liveIso } from './live-iso.js';
import { bootPastMenu, typeInShell } from './past-menu.js';

const FLAVOUR: Flavour = {
  name: '+sysvinit',
  packages: [],
  rootfs: sysvinitTar,
  onDisc: {},
  login: ['--user', 'ana', '--password', 'secret'],
};

test("Debian's sysvinit, parameters as others spell them: a user, a name, an address, and the end", async (t) => {
  const parameters =
    'initrddebug=y zram_size_pct=30 live.net=dhcp live.user=anna live.autologin=root live.hostname=kiosk';
  const live = await bootPastMenu(t, await liveIso('i386', FLAVOUR), parameters, {
    memoryMiB: 64,
    debug: {
      stage: 'switch_to_root',
      // The root is there whole, and nothing of it runs.
      work: async (machine) => {
        await typeInShell(machine, 'mount | grep " /root "; readlink /proc/1/exe');
        await machine.expect(/live-root on \/root type ext2 \(rw,[^\n]*\s+\/bin\/busybox\s/, 60);
      },
    },
  });
  const { shell, machine } = live;
  t.true(machine.console.transcript.includes('kiosk login: root (automatic login)'));
  t.is(await shell.output('cat /proc/1/comm; runlevel'), 'init\nN 2');
  t.not((await shell.run('command -v systemctl')).status, 0);
  await checkRoot(t, shell);
  await checkGuard(t, shell);
  await checkSwap(t, shell, 30);
  // By this, packages know systemd.
  t.not((await shell.run('test -e /run/systemd/system')).status, 0);
  t.is(await shell.output('uname -n; getent hosts kiosk'), 'kiosk\n127.0.1.1       kiosk');
  t.is(await shell.output('stat -c %U /home/anna/.bashrc; ls /home'), 'anna\nana\nanna');
  await checkAddress(t, shell);
  t.regex(await shell.output('ifquery --state'), /^e\S+=e\S+$/m);
  // Without ifupdown, by the smallest client: its script lies in /run, from which nothing else can be run.
  t.regex(await shell.output('findmnt -n -o OPTIONS /run'), /\bnoexec\b/);
  await shell.output('ifdown "$(cd /sys/class/net && echo e*)"; sh /run/live/late/dhcp client');
  await checkAddress(t, shell);
  t.regex(await shell.output('ps ax'), /busybox udhcpc -f/);
  await checkShutdown(t, live, 'poweroff');
});
