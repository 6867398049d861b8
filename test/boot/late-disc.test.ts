import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { directory, packNewc, staticFile } from '../../src/cpio/newc.js';
import { run } from '../../src/process.js';
import { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { badDrive } from './bad-drive.js';
import { kernelOf, scratchFolder } from './iso-parts.js';
import { liveIso } from './live-iso.js';
import { typeInShell } from './past-menu.js';

const DD = { program: 'dd', purpose: 'prepares a disk', debianPackage: 'coreutils' };

const COMMAND_STARTS_MS = 3000;
const MENU = /1 +look again now\s+2 +choose a device\s+3 +a shell [^\n]*\s+4 +restart the machine/;

test.serial(
  "with another disc of the same label the init says what it saw and asks; the right disc's drive may come later",
  async (t) => {
    const iso = await liveIso('i386');
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

    machine.send('4\n');
    await machine.expect('live: looking for the disc', 180);
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
    machine.send('echo begun-$((40 + 2)); sleep 1000\n');
    await machine.expect('begun-42', 60);
    // The shell gives the terminal to the command that it has just started.
    await setTimeout(COMMAND_STARTS_MS);
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
    await machine.expect('live: the root image is mapped from /dev/vda (direct)', 60);
    await machine.expect('live: starting /sbin/init', 60);
    t.false(machine.console.transcript.includes('Kernel panic'));
  },
);

/** As long as slow drives need to spin up. */
const SPIN_UP_MS = 30_000;

/** For each read, as much as a slow drive's head needs to come to a place far away. */
const READ_DELAY_MS = 200;

test.serial(
  'a slow drive that reads nothing for its first 30 seconds is waited for; no init is no dead end',
  async (t) => {
    const iso = await liveIso('i386');
    const drive = await badDrive(t, iso, { percent: 100, readDelayMs: READ_DELAY_MS });
    await drive.failNowAndThen(true);
    const machine = await VirtualMachine.start({
      iso: { nbdSocket: drive.nbdSocket },
      arch: 'i386',
      memoryMiB: 128,
      drive: 'ide',
      ...(await kernelOf(t, iso)),
      append: 'rootfstype=ramfs console=ttyS0 quiet nomodeset init=/sbin/none',
      noReboot: true,
    });
    t.teardown(() => machine.stop());
    await machine.expect('live: looking for the disc', 180);
    await setTimeout(SPIN_UP_MS);
    await drive.failNowAndThen(false);
    const { before } = await machine.expect('live: the disc is in /dev/sr0', 60);
    t.regex(before, /live: \/dev\/sr0 [^\n]*no disc in it, or it cannot be read/);
    t.notRegex(before, /not found/);
    await machine.expect('live: the root image is mapped from /dev/sr0 (direct)', 60);

    await machine.expect('live: the root file system has no /sbin/none.', 120);
    await machine.expect(/What the machine has:\s+\/dev\/sr0 [^\n]*ISO 9660 volume 'SNAPDISC'/, 60);
    await typeInShell(machine, 'ls -d /root/sbin/init*');
    await machine.expect('/root/sbin/init', 60);
    await typeInShell(machine, 'exit');
    await t.notThrowsAsync(machine.waitForExit(60));
  },
);

/** Bytes; a piece of a file ends there, as they do on a disk with other files. */
const PIECE = 7 * 1024 * 1024 + 2048;
const SECTOR = 512;

/** A disk that no file system is known of, with the disc in two pieces, and Ventoy's map of them. */
async function ventoyStick(folder: string, iso: string): Promise<{ disk: string; map: Buffer }> {
  const { size } = await stat(iso);
  const [first, second] = [size + 64 * 1024, 32 * 1024];
  const disk = join(folder, 'stick.img');
  const dd = (args: string[]) => run(DD, [`if=${iso}`, `of=${disk}`, 'conv=notrunc', ...args]);
  const bytes = ['bs=1M', 'iflag=skip_bytes,count_bytes', 'oflag=seek_bytes'];
  await dd([...bytes, `count=${PIECE}`, `seek=${first}`]);
  await dd([...bytes, `skip=${PIECE}`, `seek=${second}`]);
  const pieces = [
    { from: 0, to: PIECE, at: first },
    { from: PIECE, to: size, at: second },
  ];
  const map = Buffer.alloc(24 * pieces.length);
  for (const [index, { from, to, at }] of pieces.entries()) {
    map.writeUInt32LE(from / 2048, 24 * index);
    map.writeUInt32LE(to / 2048 - 1, 24 * index + 4);
    map.writeBigUInt64LE(BigInt(at / SECTOR), 24 * index + 8);
    map.writeBigUInt64LE(BigInt((at + to - from) / SECTOR - 1), 24 * index + 16);
  }
  return { disk, map };
}

test.serial('a disc that Ventoy has started lies where its map in the initrd says', async (t) => {
  const iso = await liveIso('i386');
  const folder = await scratchFolder(t);
  const { disk, map } = await ventoyStick(folder, iso);
  const { kernel, initrd } = await kernelOf(t, iso);
  const archive = await packNewc(
    [directory('ventoy'), staticFile('ventoy/ventoy_image_map', map)],
    0,
  );
  await writeFile(join(folder, 'initrd'), Buffer.concat([archive, await readFile(initrd)]));
  const machine = await VirtualMachine.start({
    arch: 'i386',
    memoryMiB: 128,
    drive: 'ide',
    ...{ kernel, initrd: join(folder, 'initrd') },
    extraDrives: [{ path: disk, bus: 'ide' }],
    append: 'rootfstype=ramfs console=ttyS0 quiet nomodeset live.wait=30',
  });
  t.teardown(() => machine.stop());
  const found = /live: the disc is in \/dev\/dm-\d+, the file which Ventoy started, on \/dev\/sda/;
  await machine.expect(found, 180);
  await machine.expect(/live: the root image is mapped from \/dev\/dm-\d+ \(direct\)/, 60);
  await machine.expect('live: starting /sbin/init', 60);
  t.notRegex(machine.console.transcript, /could not be shown/);
});
