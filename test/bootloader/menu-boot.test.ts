import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { readBootFiles } from '../../src/bootloader/boot-files.js';
import { converse, run, type Tool } from '../../src/process.js';

/** The menu on a real BIOS, without a kernel: what it shows, and that it passes on to a hard disk. */

const qemu: Tool = {
  program: 'qemu-system-x86_64',
  purpose: 'runs virtual machines',
  debianPackage: 'qemu-system-x86',
};
const xorriso: Tool = { program: 'xorriso', purpose: 'writes ISOs', debianPackage: 'xorriso' };

/** A boot sector that writes `text` to the first serial port and halts. */
function talkingBootSector(text: string): Buffer {
  // mov al, char; mov dx, 0x3f8; out dx, al
  const print = [...Buffer.from(text)].flatMap((char) => [0xb0, char, 0xba, 0xf8, 0x03, 0xee]);
  const sector = Buffer.alloc(512);
  Buffer.from([...print, 0xf4, 0xeb, 0xfd]).copy(sector);
  // One active partition: chain loaders want a table.
  Buffer.from([0x80, 0, 2, 0, 0x83, 0, 3, 0, 1, 0, 0, 0, 0, 4, 0, 0]).copy(sector, 446);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const DOWN = '\x1b[B';
const folder = await mkdtemp(join(tmpdir(), 'snapdisc-menu-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));
const iso = join(folder, 'menu.iso');
const disk = join(folder, 'disk.img');
/** The menu's entries, from the top. */
let entries: string[] = [];

test.before(async () => {
  const boot = await readBootFiles({
    label: 'MENU TEST',
    kernelPath: '/live/vmlinuz',
    initrdPath: '/live/initrd.img',
    append: 'quiet',
    serial: true,
    timeoutSeconds: 0,
  });
  const menu = boot.files.get('isolinux/isolinux.cfg')?.toString() ?? '';
  entries = [...menu.matchAll(/MENU LABEL (.*)/g)].map(([, label]) => String(label));
  const mbr = join(folder, 'mbr.bin');
  await writeFile(mbr, boot.mbrTemplate);
  const tree = new Map([...boot.files, [boot.bootImagePath, boot.bootImage]]);
  for (const [path, bytes] of tree) {
    const file = join(folder, 'disc', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  await run(xorriso, [
    ...['-as', 'mkisofs', '-quiet', '-R', '-o', iso],
    ...['-b', boot.bootImagePath, '-c', 'isolinux/boot.cat'],
    ...['-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', '-isohybrid-mbr', mbr],
    join(folder, 'disc'),
  ]);
  const sectors = Buffer.alloc(1024 * 1024);
  talkingBootSector('\r\nHARD DISK HERE\r\n').copy(sectors);
  await writeFile(disk, sectors);
});

/** Starts the machine, chooses `entry` once the menu is there, gives what the serial port said. */
async function bootAndChoose(drives: readonly string[], entry: string): Promise<string> {
  const keys = `${DOWN.repeat(entries.indexOf(entry))}\r`;
  const machine = converse(qemu, [
    ...['-accel', 'tcg', '-m', '64', '-display', 'none', '-nic', 'none', '-no-reboot'],
    ...['-serial', 'stdio', ...drives],
  ]);
  const timer = setTimeout(() => machine.kill(), 60_000);
  let said = '';
  let pressed = false;
  for await (const piece of machine.stdout ?? []) {
    said += Buffer.from(piece as Uint8Array).toString('latin1');
    if (!pressed && said.includes('Esc gives the boot prompt')) {
      pressed = true;
      machine.stdin?.write(keys);
    }
    if (/HARD DISK HERE\r\n/.test(said)) break;
  }
  clearTimeout(timer);
  machine.kill();
  await machine;
  return said;
}

const hardDisk = [
  '-drive',
  `file=${disk},format=raw,if=none,id=hd`,
  '-device',
  'ide-hd,drive=hd,bus=ide.1,bootindex=1',
];

test.serial(
  'from a CD, the menu talks on the serial port and starts the first hard disk',
  async (t) => {
    const cd = ['-drive', `file=${iso},format=raw,media=cdrom,if=none,id=cd`];
    const device = ['-device', 'ide-cd,drive=cd,bus=ide.0,bootindex=0'];
    const drives = [...cd, ...device, ...hardDisk];
    const said = await bootAndChoose(drives, 'From a CD: start the first hard disk');
    t.regex(said, /MENU TEST/);
    t.regex(said, /Start the live system/);
    t.regex(said, /HARD DISK HERE/);
  },
);

test.serial(
  'from a stick, the menu passes over the stick and starts the first hard disk',
  async (t) => {
    const stick = ['-device', 'qemu-xhci', '-drive', `file=${iso},format=raw,if=none,id=stick`];
    const device = ['-device', 'usb-storage,drive=stick,bootindex=0'];
    const drives = [...stick, ...device, ...hardDisk];
    const said = await bootAndChoose(drives, 'From a stick: start the first hard disk');
    t.regex(said, /HARD DISK HERE/);
  },
);
