import test from 'ava';
import { SerialShell } from '../../src/qemu/shell.js';
import { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { checkRoot, checkShutdown } from './facts.js';
import { kernelOf } from './iso-parts.js';
import { liveIso, sha256 } from './live-iso.js';

const MENU = /1 +look again now\s+2 +choose a device\s+3 +a shell [^\n]*\s+4 +restart the machine/;

test("with another disc of the same label the init says what it saw and asks; the right disc's drive may come later", async (t) => {
  const iso = await liveIso('i386');
  const before = await sha256(iso);
  const machine = await VirtualMachine.start({
    iso: await liveIso('amd64'),
    arch: 'i386',
    memoryMiB: 128,
    drive: 'ide',
    ...(await kernelOf(t, iso)),
    append: 'rootfstype=ramfs console=tty0 console=ttyS0 quiet nomodeset live.wait=8',
  });
  t.teardown(() => machine.stop());
  const seen = /live: \/dev\/sr0 +\d+ MiB +QEMU DVD-ROM: ISO 9660 volume 'SNAPDISC', not the/;
  await machine.expect(seen, 180);
  await machine.expect(
    /the disc was not found in 8 seconds \(volume SNAPDISC, root image [0-9a-f]{32}\)/,
    60,
  );
  await machine.expect(MENU, 60);

  machine.send('2\n');
  await machine.expect(/ 1 +\/dev\/sr0[^\n]*\s+Which one\?/, 60);
  machine.send('sr0\n');
  const why =
    /\/dev\/sr0 does not fit: [^\n]*not the one looked for: its root image is [0-9a-f]{32}/;
  await machine.expect(why, 60);
  await machine.expect(MENU, 60);

  machine.send('3\n');
  await machine.expect(/# /, 60);
  // A terminal of its own: Ctrl-C ends the command, not the shell.
  machine.send('sleep 1000\n');
  await machine.expect('sleep 1000', 60);
  machine.send('\x03');
  await machine.expect(/# /, 60);
  machine.send('echo shell-$((40 + 2))\n');
  await machine.expect('shell-42', 60);
  machine.send('exit\n');
  await machine.expect(MENU, 60);

  // The screen has the menu as well: who types there is answered, too.
  const monitor = await machine.monitor();
  const key = (code: string) => ({ type: 'qcode', data: code });
  for (const code of ['1', 'ret']) await monitor.execute('send-key', { keys: [key(code)] });
  await machine.expect(/the disc was not found in 8 seconds/, 60);
  await machine.expect(MENU, 60);

  // Nobody answers any more; the drive comes by itself.
  await monitor.execute('blockdev-add', {
    ...{ driver: 'raw', 'node-name': 'late', 'read-only': true },
    file: { driver: 'file', filename: iso, 'read-only': true },
  });
  await monitor.execute('device_add', { driver: 'virtio-blk-pci', drive: 'late', id: 'late' });
  await machine.expect('live: the disc is in /dev/vda', 120);
  const shell = await SerialShell.open(machine.console, { timeoutSeconds: 420 });
  await checkRoot(t, shell);
  const origin = await shell.output('dmsetup deps -o devname live-origin');
  t.true(origin.includes('(vda)'), origin);
  t.false(machine.console.transcript.includes('Kernel panic'));
  await checkShutdown(t, { machine, shell, iso, sha256: before });
});
