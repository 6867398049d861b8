import { randomBytes } from 'node:crypto';
import { copyFile, constants as fs, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { SAME_ADDRESSES } from '../../src/qemu/emulation.js';
import { VirtualMachine, type VirtualMachineOptions } from '../../src/qemu/virtual-machine.js';
import { badDrive, placeOf, startOf } from './bad-drive.js';
import { kernelOf, scratchFolder } from './iso-parts.js';
import { liveIso } from './live-iso.js';
import { typeInShell } from './past-menu.js';

const MIB = 1024 * 1024;
/** Bytes into root.img; early, so that the check finds it soon. */
const BAD_AT = 20 * MIB + 4096;
/** Lies early, too. */
const VICTIM = '/usr/bin/bash';

type Drive = Pick<VirtualMachineOptions, 'drive' | 'usbController'>;
interface Extra {
  readonly memoryMiB: number;
  /** Typed behind the entry's own. */
  readonly parameter: string;
}

async function start(
  t: ExecutionContext,
  iso: NonNullable<VirtualMachineOptions['iso']>,
  { memoryMiB = 96, parameter = '', ...drive }: Partial<Drive & Extra> = {},
): Promise<VirtualMachine> {
  const machine = await VirtualMachine.start({
    ...{ iso, arch: 'i386', memoryMiB, drive: 'ide' },
    ...drive,
  });
  t.teardown(() => machine.stop());
  // The third entry of the menu.
  await machine.expect('Esc gives the boot prompt', 60);
  machine.send('\x1b[B\x1b[B\t');
  await machine.expect(/> [^\n]*live\.check/, 30);
  machine.send(`${parameter}\r`);
  await machine.expect(/checking the disc \[[#.]+\] +\d+ %/, 180);
  return machine;
}

test.serial('a good disc passes within minutes and starts', async (t) => {
  const machine = await start(t, await liveIso('i386'));
  const began = Date.now();
  const { before } = await machine.expect('live: the disc is good', 600);
  t.log(`checked in ${Math.round((Date.now() - began) / 1000)} s`);
  t.regex(before, /\[#{25}\] 100 %/);
  t.regex(before, /\d+:\d\d left/);
  await machine.expect(/live: starting \S+/, 120);
});

/** The disc on a stick that Windows and a partitioning tool have found too large for what is on it. */
async function touchedStick(t: ExecutionContext): Promise<string> {
  const stick = join(await scratchFolder(t), 'stick.iso');
  const original = await liveIso('i386');
  await copyFile(original, stick, fs.COPYFILE_FICLONE);
  const { size } = await stat(original);
  await truncate(stick, size + 48 * MIB);
  const sfdisk = { program: 'sfdisk', purpose: 'partitions a stick', debianPackage: 'fdisk' };
  const mkfs = { program: 'mkfs.vfat', purpose: 'formats a stick', debianPackage: 'dosfstools' };
  await run(sfdisk, ['--quiet', '--append', stick], Buffer.from(`start=${size / 512}, type=c\n`));
  await run(mkfs, ['-F', '32', '--offset', `${size / 512}`, stick, `${46 * 1024}`]);
  const file = await open(stick, 'r+');
  try {
    // The signature of the disk, the two bytes behind it, and where the copy of a GPT lies.
    await file.write(randomBytes(6), 0, 6, 440);
    await file.write(randomBytes(33 * 512), 0, 33 * 512, size + 48 * MIB - 33 * 512);
  } finally {
    await file.close();
  }
  return stick;
}

test.serial('what other systems change on a stick is no damage', async (t) => {
  const machine = await start(t, await touchedStick(t), { drive: 'usb', usbController: 'xhci' });
  const { text } = await machine.expect(/live: the disc is (good|damaged[^\n]*)/, 600);
  t.is(text, 'live: the disc is good');
  await machine.expect(/live: starting \S+/, 120);
});

/** A disc with one wrong bit at `at`, in bytes. */
async function damagedDisc(t: ExecutionContext) {
  const original = await liveIso('i386');
  const at = (await startOf(original, '/live/root.img')) + BAD_AT;
  const iso = join(await scratchFolder(t), 'damaged.iso');
  await copyFile(original, iso, fs.COPYFILE_FICLONE);
  const file = await open(iso, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([byte.readUInt8() ^ 0x40]), 0, 1, at);
  } finally {
    await file.close();
  }
  return { iso, at };
}

test.serial('a wrong byte is named, and without an answer the start goes on', async (t) => {
  const { iso, at } = await damagedDisc(t);
  const machine = await start(t, iso);
  const found = await machine.expect(
    /disc is damaged: it is not what was built at byte (\d+) to (\d+), .*in live\/root\.img\s/,
    300,
  );
  const [first, last] = found.groups.map(Number);
  t.true((first ?? 0) <= at && at <= (last ?? 0) && (last ?? 0) - (first ?? 0) < MIB, found.text);
  await machine.expect('continues in 30 seconds', 10);
  const asked = Date.now();
  await machine.expect('going on with a damaged disc', 120);
  t.true(Date.now() - asked >= 20_000, 'there was time to answer');
  await machine.expect(/live: starting \S+/, 120);
});

test.serial('a damaged disc: a shell, the question again, a restart', async (t) => {
  const { iso } = await damagedDisc(t);
  const machine = await VirtualMachine.start({
    ...{ iso, arch: 'i386', memoryMiB: 96, drive: 'ide', noReboot: true },
    ...(await kernelOf(t, iso)),
    append: `console=ttyS0 quiet no_timer_check ${SAME_ADDRESSES} live.check`,
  });
  t.teardown(() => machine.stop());
  const question = 'continues in 30 seconds';
  await machine.expect(question, 300);
  machine.send('s\n');
  await typeInShell(machine, 'readlink /proc/$$/exe; test -e /root/sbin; echo is-$?');
  await machine.expect(/\/bin\/busybox\s+is-1\s/, 60);
  await typeInShell(machine, 'exit');
  await machine.expect(question, 30);
  machine.send('r\n');
  await t.notThrowsAsync(machine.waitForExit(60));
  t.notRegex(machine.console.transcript, /going on with a damaged disc|live: starting/);
});

test.serial('a sector that cannot be read is named, and keeps the image from memory', async (t) => {
  const original = await liveIso('i386');
  const { at } = await placeOf(original, VICTIM, 5);
  const disc = await badDrive(t, original, { scratches: [{ at, size: 2048 }] });
  const machine = await start(t, disc, { memoryMiB: 768, parameter: ' live.toram' });
  const found = await machine.expect(/damaged: it cannot be read at byte (\d+) .*root\.img\s/, 300);
  t.is(Number(found.groups[0]), at, found.text);
  await machine.expect('continues in 30 seconds', 10);
  machine.send('c\n');
  await machine.expect(
    /not loaded to memory: the disc could not be read .*; going on from the disc/,
    300,
  );
  await machine.expect(/the root image is mapped from \/dev\/sr0/, 60);
  await machine.expect(`live: the damaged place is in ${VICTIM}\n`, 120);
  await machine.expect(/live: starting \S+/, 120);
});
