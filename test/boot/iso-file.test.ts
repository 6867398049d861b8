import { copyFile, constants as fs, mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { SerialShell } from '../../src/qemu/shell.js';
import { VirtualMachine, type VirtualMachineOptions } from '../../src/qemu/virtual-machine.js';
import { checkHealth, checkMedium, checkRoot, checkShutdown, checkWrite } from './facts.js';
import { kernelOf, scratchFolder } from './iso-parts.js';
import { liveIso, sha256 } from './live-iso.js';
import { EMULATED } from './live-machine.js';

/** The disc as a file on a disk that could be written to, and must not be. */

const tool = (program: string, debianPackage: string) => ({
  program,
  purpose: 'prepares a disk',
  debianPackage,
});
const MIB = 1024 * 1024;
const PARTITION = MIB;
/** Larger than the disc, in MiB. */
const DISK_MIB = 640;
const BOOT_SECONDS = 420;

/** A disk with one partition. @param type of the partition, as sfdisk names it. */
async function disk(t: ExecutionContext, type: string): Promise<string> {
  const file = join(await scratchFolder(t), 'disk.img');
  await writeFile(file, '');
  await truncate(file, DISK_MIB * MIB);
  const table = `label: dos\nstart=${PARTITION / 512}, type=${type}\n`;
  await run(tool('sfdisk', 'fdisk'), ['--quiet', file], Buffer.from(table));
  return file;
}

async function ext4Disk(t: ExecutionContext, iso: string): Promise<string> {
  const file = await disk(t, 'L');
  const files = join(await scratchFolder(t), 'files');
  await mkdir(join(files, 'isos'), { recursive: true });
  await copyFile(iso, join(files, 'isos/live.iso'), fs.COPYFILE_FICLONE);
  const place = ['-E', `offset=${PARTITION}`, file, `${DISK_MIB - 2}M`];
  await run(tool('mke2fs', 'e2fsprogs'), ['-q', '-t', 'ext4', '-d', files, ...place]);
  return file;
}

async function fatDisk(t: ExecutionContext, iso: string): Promise<string> {
  const file = await disk(t, 'c');
  const size = (DISK_MIB - 2) * 1024;
  await run(tool('mkfs.vfat', 'dosfstools'), [
    ...['-F', '32', '--offset', `${PARTITION / 512}`, file, `${size}`],
  ]);
  await run(tool('mcopy', 'mtools'), ['-i', `${file}@@${PARTITION}`, iso, '::/Live disc.iso']);
  return file;
}

/** A CD with nothing but GRUB, which starts `path` from the first disk by its loopback.cfg. */
async function grubCd(t: ExecutionContext, path: string): Promise<string> {
  const folder = await scratchFolder(t);
  await mkdir(join(folder, 'files/boot/grub'), { recursive: true });
  const script = [
    'set timeout=0',
    'export timeout',
    `set iso_path='${path}'`,
    'export iso_path',
    'loopback loop "(hd0,msdos1)$iso_path"',
    'set root=(loop)',
    'configfile /boot/grub/loopback.cfg',
  ];
  await writeFile(join(folder, 'files/boot/grub/grub.cfg'), `${script.join('\n')}\n`);
  const cd = join(folder, 'grub.iso');
  await run(tool('grub-mkrescue', 'grub-common'), [
    ...['-d', '/usr/lib/grub/i386-pc', '-o', cd, join(folder, 'files')],
  ]);
  return cd;
}

/** A CD that has the disc as a file. */
async function isoCd(t: ExecutionContext, iso: string): Promise<string> {
  const folder = await scratchFolder(t);
  const cd = join(folder, 'cd.iso');
  const files = ['-graft-points', `isos/live.iso=${iso}`];
  await run(tool('xorriso', 'xorriso'), [
    ...['-as', 'mkisofs', '-quiet', '-R', '-V', 'ISOS', '-o', cd, ...files],
  ]);
  return cd;
}

interface Start {
  readonly machine: Pick<VirtualMachineOptions, 'iso' | 'kernel' | 'initrd' | 'append'>;
  readonly disk: string;
  readonly bus: 'ide' | 'virtio';
}

/** Boots to a shell, checks what is true wherever the file lies, and gives the shell. */
async function bootFile(
  t: ExecutionContext,
  { machine: options, disk: path, bus }: Start,
  check: (shell: SerialShell) => Promise<void>,
): Promise<void> {
  const before = await sha256(path);
  const machine = await VirtualMachine.start({
    ...options,
    arch: 'i386',
    memoryMiB: 160,
    drive: 'ide',
    extraDrives: [{ path, bus }],
  });
  t.teardown(() => machine.stop());
  const { text } = await machine.expect(/live: starting|was not found/, BOOT_SECONDS);
  t.is(text, 'live: starting', machine.console.lastLines());
  const shell = await SerialShell.open(machine.console, { timeoutSeconds: BOOT_SECONDS });
  await checkRoot(t, shell);
  await checkFile(t, shell);
  await check(shell);
  await checkWrite(t, shell);
  await checkHealth(t, shell);
  await checkShutdown(t, { machine, shell, iso: path, sha256: before, asksForDisc: false });
}

/** The root image is taken out of the file, and what is around it is shown. */
async function checkFile(t: ExecutionContext, shell: SerialShell): Promise<void> {
  t.regex(await shell.output('dmsetup deps -o devname live-origin'), /\(loop\d\)/);
  t.regex(await shell.output('cat /sys/block/loop0/loop/backing_file'), /\.iso$/);
  await checkMedium(t, shell);
}

test.serial(
  'an .iso file on ext4, by the name that other systems use for the parameter',
  async (t) => {
    const iso = await liveIso('i386');
    const parameters = `rootfstype=ramfs console=ttyS0 quiet ${EMULATED} findiso=/isos/live.iso`;
    const start: Start = {
      machine: { ...(await kernelOf(t, iso)), append: parameters },
      disk: await ext4Disk(t, iso),
      bus: 'virtio',
    };
    await bootFile(t, start, async (shell) => {
      const mounted = await shell.output('grep " /run/live/isodevice " /proc/mounts');
      t.regex(mounted, /^\/dev\/vda1 \S+ ext4 ro,.*norecovery|^\/dev\/vda1 \S+ ext4 ro,.*noload/);
    });
  },
);

test.serial('an .iso file on FAT, started by GRUB through its loopback.cfg', async (t) => {
  const iso = await liveIso('i386');
  const start: Start = {
    machine: { iso: await grubCd(t, '/Live disc.iso') },
    disk: await fatDisk(t, iso),
    bus: 'ide',
  };
  await bootFile(t, start, async (shell) => {
    t.regex(await shell.output('cat /proc/cmdline'), /live\.iso=\/Live disc\.iso/);
    const mounted = await shell.output('grep " /run/live/isodevice " /proc/mounts');
    t.regex(mounted, /^\/dev\/sda1 \S+ vfat ro,/);
  });
});

test.serial('an .iso file on a CD, as far as a shell in place of the init', async (t) => {
  const iso = await liveIso('i386');
  const cd = await isoCd(t, iso);
  const append = 'rootfstype=ramfs console=ttyS0 quiet live.iso=/isos/live.iso init=/bin/sh';
  const machine = await VirtualMachine.start({
    ...(await kernelOf(t, iso)),
    ...{ iso: cd, arch: 'i386', memoryMiB: 160, drive: 'ide', append },
  });
  t.teardown(() => machine.stop());
  await machine.expect('live: the disc is in /dev/loop0, the file /isos/live.iso on /dev/sr0', 120);
  const shell = await SerialShell.open(machine.console, { timeoutSeconds: BOOT_SECONDS });
  await checkRoot(t, shell);
  await checkFile(t, shell);
  const mounted = await shell.output('grep " /run/live/isodevice " /proc/mounts');
  t.regex(mounted, /^\/dev\/sr0 \S+ iso9660 ro,/);
  await checkWrite(t, shell);
});
