import test from 'ava';
import type { PackedFormat } from '../../src/packed-root/formats.js';
import {
  checkDescription,
  checkHealth,
  checkMedium,
  checkRoot,
  checkShutdown,
  checkWrite,
} from './facts.js';
import { liveIso, PLAIN } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';

/** A root image in a squashfs, or an erofs: what the machine itself says of its devices. */

const CELL: Cell = { arch: 'i386', drive: 'ide', origin: 'direct', cow: 'zram', memoryMiB: 192 };
/** What is hot: every boot needs it. */
const LIBC = '/usr/lib/i386-linux-gnu/libc.so.6';
const packed = (format: PackedFormat) => ({
  ...PLAIN,
  name: `+${format}`,
  profile: `snapdisc-profile 1\n0.000 data 0-9999 ${LIBC}\n`,
  flags: [`--compress=${format}`],
});
const PACKED = packed('squashfs');
const LOOPS = 'cat /sys/block/loop*/loop/backing_file 2>/dev/null; true';

test.serial(
  'the snapshot lies on a loop device of a file in the squashfs on the drive',
  async (t) => {
    const live = await bootLive(t, CELL, await liveIso(CELL.arch, PACKED));
    const { shell, machine } = live;
    t.regex(machine.console.transcript, /it has no sectors for live\.origin=direct/);
    t.regex(machine.console.transcript, /the squashfs on \/dev\/sr0 has the root image/);
    t.regex(machine.console.transcript, /reading what the start needs \[#{25}\] 100 %/);

    const drive = await shell.output('cat /sys/block/sr0/dev');
    const sector = await shell.output('. /run/live/state; echo $ROOT_SECTOR');
    t.regex(
      await shell.output('dmsetup table live-packed'),
      new RegExp(`^0 \\d+ linear ${drive} ${sector}$`),
    );
    const mounts = (await shell.output('cat /proc/mounts')).split('\n');
    const packed = mounts.find((line) => line.includes(' /run/live/packed '));
    t.regex(packed ?? '', /^\/dev\/loop0 \S+ squashfs ro/);
    t.deepEqual((await shell.output(LOOPS)).split('\n'), [
      '/dev/mapper/live-packed',
      '/run/live/packed/root.img',
    ]);
    // Behind what has been swept to memory, or all of it.
    t.regex(await shell.output('dmsetup table live-origin'), /^\d+ \d+ linear 7:1 \d+$/m);

    await checkDescription(t, shell, CELL);
    await checkRoot(t, shell);
    await checkWrite(t, shell);
    await checkMedium(t, shell);
    await checkHealth(t, shell);
    await checkShutdown(t, live);
  },
);

test.serial('loaded to memory, nothing of the squashfs is left and the tray opens', async (t) => {
  const cell = { ...CELL, memoryMiB: 768, parameters: 'live.toram=yes' };
  const { shell, machine } = await bootLive(t, cell, await liveIso(CELL.arch, PACKED));
  t.regex(
    machine.console.transcript,
    /the root image is in memory; the disc is not needed any more/,
  );
  t.is((await shell.run('test -e /dev/mapper/live-packed')).status, 1);
  t.is(await shell.output('grep -c squashfs /proc/mounts; true'), '0');
  t.is(await shell.output(LOOPS), '');
  await checkRoot(t, shell);
  await checkWrite(t, shell);
  await checkHealth(t, shell);
});

test.serial('a disc with an erofs starts, and without a sweep, from its sectors', async (t) => {
  const cell = { ...CELL, parameters: 'live.sweep=no' };
  const { shell, machine } = await bootLive(t, cell, await liveIso(CELL.arch, packed('erofs')));
  t.regex(machine.console.transcript, /the erofs on \/dev\/sr0 has the root image/);
  t.notRegex(machine.console.transcript, /reading what the start needs/);
  const mounts = (await shell.output('cat /proc/mounts')).split('\n');
  t.regex(
    mounts.find((line) => line.includes(' /run/live/packed ')) ?? '',
    /^\/dev\/mapper\/live-packed \S+ erofs ro/,
  );
  t.is(await shell.output(LOOPS), '/run/live/packed/root.img');
  t.regex(await shell.output('dmsetup table live-origin | head -n 1'), /^0 \d+ linear 7:0 0$/);
  await checkDescription(t, shell, cell);
  await checkRoot(t, shell);
  await checkWrite(t, shell);
  await checkMedium(t, shell);
  await checkHealth(t, shell);
});
