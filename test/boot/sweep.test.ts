import test, { type ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import { badDrive, type Place, placeOf, startOf } from './bad-drive.js';
import { checkHealth, checkRoot, checkWrite } from './facts.js';
import { liveIso, PLAIN } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';

const CELL: Cell = { arch: 'i386', drive: 'ide', origin: 'direct', cow: 'zram', memoryMiB: 128 };
const LIBRARIES = '/usr/lib/i386-linux-gnu';
/** Nothing that runs needs it. */
const VICTIM = '/usr/bin/perl';
/** What is hot, in its order: 7 MiB that every boot needs, then the victim, then more. */
const HOT = ['libc.so.6', 'libcrypto.so.3', 'systemd/libsystemd-shared-252.so'].map(
  (name) => `${LIBRARIES}/${name}`,
);
const PROFILE = [...HOT, VICTIM, '/usr/bin/bash', '/usr/bin/udevadm']
  .map((path, at) => `${at}.000 data 0-9999 ${path}\n`)
  .join('');
const PROFILED = { ...PLAIN, name: '+profile', profile: `snapdisc-profile 1\n${PROFILE}` };

const FIRST_PIECE = 'dmsetup table live-origin | head -n 1';
/** KiB that the init reads at once. */
const STEP = 4096;
const AHEAD =
  'cat /sys/block/$ROOT_DM/queue/read_ahead_kb /sys/fs/ext4/$ROOT_DM/inode_readahead_blks';
const settings = (command: string) => `. /run/live/state; . /run/live/toram; ${command}`;
/** What the device that was swept to holds and takes, in bytes. */
const RAM = settings(`cat /sys/block/\${RAM_IMAGE#/dev/}/disksize`);

/** Contents of many files but the victim's, read anew. */
async function checksums(shell: SerialShell): Promise<string> {
  const files = `find /etc /usr/bin ${LIBRARIES} -xdev -type f ! -name 'perl*' | sort`;
  const sum = `echo 3 >/proc/sys/vm/drop_caches; ${files} | xargs cat | sha256sum`;
  return shell.output(sum, 300);
}

/** How much of the image, from its start on, comes from memory, in 512-byte sectors. */
async function swept(shell: SerialShell): Promise<number> {
  const piece = await shell.output(FIRST_PIECE);
  return Number(/^0 (\d+) linear 25\d:\d+ 0$/.exec(piece)?.[1] ?? 0);
}

/** Memory and table are as without a sweep, and files have the same contents. */
async function checkGivenBack(t: ExecutionContext, shell: SerialShell, before: string) {
  await shell.output('while [ -e /run/live/end-of-boot.pid ]; do sleep 1; done', 300);
  t.regex(await shell.output('cat /run/live/log'), /the start is over: \d+ MiB of the disc/);
  t.is(await swept(shell), 0);
  // Where there were errors, the guard may have put a RAID 1 below already, which reads again.
  const place = await shell.output(
    settings('echo "0 $IMAGE_SECTORS linear ($(cat /sys/block/sr0/dev)|9:[0-9]+) $IMAGE_START"'),
  );
  t.regex(await shell.output(FIRST_PIECE), new RegExp(`^${place}$`));
  t.is(await shell.output(RAM), '0');
  t.is(await shell.output('losetup -a'), '');
  t.is(await shell.output(settings(AHEAD)), '128\n32');
  t.is(await checksums(shell), before);
}

/** A place of the victim in the hot range, where nothing that runs is harmed. */
const victim = (iso: string): Promise<Place> => placeOf(iso, VICTIM, 300);
const EIO = /Input\/output error/;

test.serial('what a boot needs is swept into memory, and given back when it is over', async (t) => {
  const iso = await liveIso(CELL.arch, PROFILED);
  // Nobody notices as long as all comes from the compressed copy.
  const { nbdSocket } = await badDrive(t, iso, { scratches: [await victim(iso)] });
  const { shell, machine } = await bootLive(t, { ...CELL, nbdSocket }, iso);
  t.regex(machine.console.transcript, /reading what the start needs \[#{25}\] 100 %/);
  const hot = Number(await shell.output('. /run/live/toram; echo $SWEPT'));
  t.true(hot > 2 * 10_240, `${hot} sectors`);
  t.is(await swept(shell), hot, 'it is in use when the system is up');
  t.is(await shell.output(RAM), String(hot * 512));
  t.is(await shell.output(settings(AHEAD)), '128\n32');
  t.is((await shell.run(`cat ${VICTIM} >/dev/null`)).status, 0);
  const before = await checksums(shell);
  await checkGivenBack(t, shell, before);
  await checkRoot(t, shell);
  await checkWrite(t, shell);
  await checkHealth(t, shell);
  t.regex((await shell.run(`cat ${VICTIM} >/dev/null`)).output, EIO);
});

test.serial('where the disc has bad places, the sweep ends and the system starts', async (t) => {
  const iso = await liveIso(CELL.arch, PROFILED);
  const copy = { at: (await startOf(iso, '/live/hot.gz')) + 1024 ** 2, size: 4096 };
  const { nbdSocket } = await badDrive(t, iso, { scratches: [copy, await victim(iso)] });
  const { shell, machine } = await bootLive(t, { ...CELL, nbdSocket }, iso);
  t.regex(machine.console.transcript, /is read as it is: its compressed copy is not whole/);
  const told = /was not read at once: the disc could not be read .*, (\d+) MiB into the image/;
  const [, until] = told.exec(machine.console.transcript) ?? [];
  t.is(Number(until) % (STEP / 1024), 0, until);
  t.is(await swept(shell), Number(until) * 2048);
  const rest = (await shell.output('dmsetup table live-origin')).split('\n')[1];
  t.regex(
    rest ?? '',
    new RegExp(`^${Number(until) * 2048} \\d+ linear 7:\\d+ ${Number(until) * 2048}$`),
  );
  const before = await checksums(shell);
  await checkGivenBack(t, shell, before);
  t.regex((await shell.run(`cat ${VICTIM} >/dev/null`)).output, EIO);
  await checkWrite(t, shell);
});
