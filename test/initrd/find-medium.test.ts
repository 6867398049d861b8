import { mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { enterInitrd } from './helpers/host-initrd.js';
import type { InitShell } from './helpers/init-shell.js';
import { temporaryFolder } from './helpers/unpack.js';

/** How the init finds its disc, with files as drives: nothing of this machine is touched. */

const tool = (program: string, debianPackage: string) => ({
  program,
  purpose: 'judges',
  debianPackage,
});
const UUID = '00112233445566778899aabbccddeeff';
const OTHER = 'ffeeddccbbaa99887766554433221100';
/** In 512-byte sectors. */
const ROOT_SECTOR = 640;
const KIB = 1024;

const SCRIPTS = ['console', 'settings', 'devices', 'medium', 'iso-file', 'question'];
/** What the scripts find in the initrd, and drivers and mounts that only tell what is asked for. */
const PREAMBLE = `
for script in ${SCRIPTS.join(' ')} medium-menu; do . /lib/live/$script.sh; done
UUID=${UUID} LABEL=OURS ROOT_SECTOR=${ROOT_SECTOR} ROOT_FILE=live/root.img WAIT=0
SUPERBLOCK_SECTOR=${ROOT_SECTOR} SUPERBLOCK_FILE=live/root.img DISC=
SHOW_FROM=0
load_modules() { :; }
load_module() { :; }
load_for_hardware() { :; }
mount() { false; }
`;

class Machine {
  readonly #top: string;
  readonly #shell: InitShell;

  constructor(top: string, shell: InitShell) {
    this.#top = top;
    this.#shell = shell;
  }

  path(name: string): string {
    return join(this.#top, name);
  }

  /** Gives the machine a drive, or a partition of one. */
  async drive(name: string, content: Buffer, partitionOf?: string): Promise<void> {
    await writeFile(this.path(`dev/${name}`), content);
    const size = `${content.length / 512}\n`;
    const folders = [`sys/class/block/${name}`];
    folders.push(
      partitionOf === undefined ? `sys/block/${name}` : `sys/block/${partitionOf}/${name}`,
    );
    for (const folder of folders) {
      await mkdir(this.path(join(folder, 'queue')), { recursive: true });
      await writeFile(this.path(join(folder, 'size')), size);
      await writeFile(this.path(join(folder, 'queue/logical_block_size')), '512\n');
      if (partitionOf !== undefined) await writeFile(this.path(join(folder, 'partition')), '1\n');
    }
  }

  /** A console whose user has typed `typed` already; what it shows stands behind that. */
  async console(name: string, typed = ''): Promise<void> {
    await writeFile(this.path(`dev/${name}`), typed);
  }

  /** What a console has shown. */
  async shown(name: string): Promise<string> {
    return readFile(this.path(`dev/${name}`), 'latin1');
  }

  lines(script: string): Promise<string[]> {
    return this.#shell.lines(`${PREAMBLE}\n${script}`);
  }
}

/** A machine with the consoles tty0, shown on the terminal tty1, and ttyS0; undefined without root. */
async function machine(t: ExecutionContext): Promise<Machine | undefined> {
  const entered = await enterInitrd(t);
  if (entered === undefined) return undefined;
  const { top, shell } = entered;
  const made = new Machine(top, shell);
  for (const [name, active] of Object.entries({ console: 'tty0 ttyS0', tty0: 'tty1' })) {
    await mkdir(join(top, `sys/class/tty/${name}`), { recursive: true });
    await writeFile(join(top, `sys/class/tty/${name}/active`), `${active}\n`);
  }
  for (const name of ['tty0', 'tty1', 'ttyS0']) await made.console(name);
  await writeFile(join(top, 'proc/uptime'), '100.50 1.00\n');
  return made;
}

/** A disc of 1 MiB: a volume descriptor, and a root image with `uuid` at `sector`. */
function disc(
  uuid: string,
  { label = 'OURS', sector = ROOT_SECTOR, size = 1024 * KIB } = {},
): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('\x01CD001\x01', 32 * KIB, 'latin1');
  bytes.write(label.padEnd(32), 32 * KIB + 40, 'latin1');
  const superblock = sector * 512 + 1024;
  Buffer.from('53ef', 'hex').copy(bytes, superblock + 56);
  Buffer.from(uuid, 'hex').copy(bytes, superblock + 104);
  return bytes;
}

test('of discs with the same label the one with our root image is taken, wherever it is', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sr0', disc(OTHER));
  await at.drive('sda', Buffer.alloc(64 * KIB));
  await at.drive('sdb', disc(OTHER));
  t.deepEqual(await at.lines('look_around >/dev/null; echo "$?$DISC"'), ['1']);
  for (const name of ['sr1', 'sdc', 'vda', 'hda']) {
    const again = await machine(t);
    await again?.drive('sr0', disc(OTHER));
    await again?.drive(name, disc(UUID));
    const found = 'look_around; echo "$? $DISC $DIRECT"';
    t.deepEqual(await again?.lines(found), [`0 /dev/${name} 1`]);
  }
});

test('a machine without any drive is looked at in silence', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  t.deepEqual(await at.lines('exec 2>&1; look_around; look_around; echo "$?$DISC"'), ['1']);
});

test('a disc that was written to a partition is found, after the whole drives', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sda', Buffer.alloc(64 * KIB));
  await at.drive('sda1', disc(UUID), 'sda');
  t.deepEqual(await at.lines('look_at_sectors || look_around; echo "$? $DISC $DIRECT"'), [
    '0 /dev/sda1 1',
  ]);
});

test('file systems are told by what they begin with, and mounted so that nothing is written', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  const folder = await temporaryFolder(t);
  const image = async (program: string, debianPackage: string, args: string[], mib: number) => {
    const file = join(folder, 'image');
    await writeFile(file, '');
    await truncate(file, mib * KIB * KIB);
    await run(tool(program, debianPackage), [...args, file]);
    return readFile(file);
  };
  const bootSector = (name: string) =>
    Buffer.concat([Buffer.from(`\xeb\x76\x90${name}`, 'latin1'), Buffer.alloc(4096)]);
  const kinds: [string, Buffer, string[]][] = [
    ['FAT', await image('mkfs.vfat', 'dosfstools', ['-F', '12'], 1), ['vfat']],
    ['FAT', await image('mkfs.vfat', 'dosfstools', ['-F', '16', '-s', '1'], 8), ['vfat']],
    ['FAT', await image('mkfs.vfat', 'dosfstools', ['-F', '32', '-s', '1'], 40), ['vfat']],
    ['ext', await image('mke2fs', 'e2fsprogs', ['-q', '-t', 'ext4'], 8), ['ext4', 'ext3', 'ext2']],
    ['ext', await image('mke2fs', 'e2fsprogs', ['-q', '-t', 'ext2'], 1), ['ext4', 'ext3', 'ext2']],
    ['NTFS', bootSector('NTFS    '), ['ntfs3', 'ntfs']],
    ['exFAT', bootSector('EXFAT   '), ['exfat']],
    ['ISO 9660', disc(OTHER), ['iso9660']],
    ['', Buffer.alloc(64 * KIB), []],
    ['', Buffer.alloc(0), []],
  ];
  for (const [kind, content, types] of kinds) {
    await at.drive('sda', content);
    const said = await at.lines(`mount() { echo "mount $*"; false; }
      echo "$(filesystem_of /dev/sda)"; mount_iso_device /dev/sda || :`);
    t.deepEqual(said[0], kind);
    t.deepEqual(
      said.slice(1).map((line) => line.split(' ')[2]),
      types,
      kind,
    );
    for (const line of said.slice(1))
      t.regex(line, /^mount -t \S+ -o ro\S* \/dev\/sda \/run\/live\/isodevice$/);
    t.true(said.every((line) => !/ext[34]/.test(line) || line.includes('ro,nosuid,nodev,noload')));
  }
});

/** Mounts are folders of the test: /fs/NAME stands for the file system on /dev/NAME. */
const FOLDERS = `
mount() { for device; do :; done; set -- "$@"; device=$(echo "$*" | grep -o '/dev/[a-z0-9]*')
  [ -d "/fs/\${device#/dev/}" ] || return 1
  rm -rf /run/live/isodevice; ln -s "/fs/\${device#/dev/}" /run/live/isodevice; }
umount() { echo "umount $*"; }
losetup() { case $1 in -f) echo /dev/loop7 ;; -r) cp "$3" /dev/loop7 ;; -d) echo "detach $2" ;; esac; }
`;

test('live.iso names a file on any file system; another disc of that name is passed over', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  const fat = Buffer.alloc(8 * KIB);
  fat.write('FAT', 54, 'latin1');
  fat.writeUInt16BE(0x55aa, 510);
  for (const [name, uuid] of Object.entries({ sda1: OTHER, sda2: UUID })) {
    await at.drive(name, fat, 'sda');
    await mkdir(at.path(`fs/${name}/isos`), { recursive: true });
    await writeFile(at.path(`fs/${name}/isos/my disc.iso`), disc(uuid));
  }
  await at.drive('sda', Buffer.alloc(8 * KIB));
  const look = `${FOLDERS}\nlook_around; echo "$? $DISC $DIRECT: $ISO_FILE"`;
  t.deepEqual(await at.lines(`live_iso='/isos/my disc.iso'\n${look}`), [
    'detach /dev/loop7',
    'umount /run/live/isodevice',
    '0 /dev/loop7 1: /isos/my disc.iso on /dev/sda2',
  ]);
  t.regex(
    await at.shown('ttyS0'),
    /live: \/isos\/my disc\.iso on \/dev\/sda1: not the disc looked for\n/,
  );
  // Without the parameter nobody's disks are mounted.
  t.deepEqual(await at.lines(look), ['1  : ']);
  // Who chooses the device needs no parameter.
  t.deepEqual(await at.lines(`${FOLDERS}\ntry_device /dev/sda2; echo "$DISC $ISO_FILE"`), [
    '/dev/loop7 /isos/my disc.iso on /dev/sda2',
  ]);
});

test('the parameter has the names that boot menus use', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  for (const word of ['live.iso=/a=b.iso', 'findiso=/a=b.iso', 'iso-scan/filename=/a=b.iso']) {
    const script = `COMMAND_LINE='quiet ${word} x'; read_parameters; echo "$live_iso"`;
    t.deepEqual(await at.lines(script), ['/a=b.iso']);
    const quoted = `"${word.replace('/a=b', '/a=b  c')}"`;
    const blanks = `COMMAND_LINE='quiet ${quoted} x="y z"'; read_parameters; read_quoted_path; echo "$live_iso"`;
    t.deepEqual(await at.lines(blanks), ['/a=b  c.iso']);
  }
});

test("Ventoy's map of the file becomes a device that is the disc", async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sda', Buffer.alloc(8 * KIB));
  // Two pieces, the second one beyond 2 TiB.
  const map = Buffer.alloc(48);
  map.writeUInt32LE(0, 0);
  map.writeUInt32LE(9, 4);
  map.writeBigUInt64LE(2048n, 8);
  map.writeBigUInt64LE(2087n, 16);
  map.writeUInt32LE(10, 24);
  map.writeUInt32LE(10, 28);
  map.writeBigUInt64LE(0x123456789an, 32);
  map.writeBigUInt64LE(0x123456789dn, 40);
  await mkdir(at.path('ventoy'));
  await writeFile(at.path('ventoy/ventoy_image_map'), map);
  const table = 'ventoy_table /dev/sda </ventoy/ventoy_image_map';
  t.deepEqual(await at.lines(table), [
    '0 40 linear /dev/sda 2048',
    '40 4 linear /dev/sda 78187493530',
  ]);
  await writeFile(at.path('sys/block/sda/queue/logical_block_size'), '4096\n');
  t.deepEqual((await at.lines(table))[0], '0 40 linear /dev/sda 16384');

  const mapped = 'map_device() { cat >/dev/null; cp /disc /dev/dm-3; }; dm_name() { echo dm-3; }';
  await writeFile(at.path('disc'), disc(UUID));
  t.deepEqual(await at.lines(`${mapped}\nlook_around; echo "$? $DISC $DIRECT"`), ['0 /dev/dm-3 1']);
});

test('each device is told of once, on every console', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sr0', disc(OTHER, { label: 'HOLIDAYS' }));
  await at.drive('sda', Buffer.alloc(0));
  await at.lines('look_around; LOOK_AGAIN=0; look_around || :');
  await at.drive('sdb', Buffer.alloc(64 * KIB));
  await at.lines('look_around; LOOK_AGAIN=0; look_around || :');
  for (const console of ['tty0', 'ttyS0']) {
    t.deepEqual((await at.shown(console)).split('\n'), [
      "live: /dev/sr0  1 MiB  ISO 9660 volume 'HOLIDAYS', not the one looked for",
      'live: /dev/sda  0 MiB  no disc in it, or it cannot be read',
      'live: /dev/sdb  0 MiB  neither an ISO 9660 volume nor a file system known here',
      '',
    ]);
  }
});

test('a label cannot control the terminal', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sr0', disc(OTHER, { label: '\x1b[2J\x9b2J\rlive: all is well\x07' }));
  await at.lines('look_around || :; show() { list_devices; }; show >/run/listed');
  const told = "/dev/sr0  1 MiB  ISO 9660 volume '[2J2Jlive: all is well', not the one looked for";
  t.is(await at.shown('tty0'), `live: ${told}\n`);
  t.is(await readFile(at.path('run/listed'), 'latin1'), `  ${told}\n`);
});

/** What a console shows is read like what is typed there, but is no answer. A shell reads its line. */
const ENDS = `reboot() { echo "reboot $*"; exit; }
shell_at() { echo "shell at $1"; sed -i 1d "/dev/$1"; }`;

test('after the time every console has the menu and can answer it', async (t) => {
  for (const console of ['tty1', 'ttyS0']) {
    const at = await machine(t);
    if (at === undefined) return;
    await at.drive('sr0', disc(OTHER));
    await at.console(console, '3\n4\n');
    t.deepEqual(await at.lines(`${ENDS}\nask_for_medium`), [`shell at ${console}`, 'reboot -f']);
    for (const each of ['tty0', 'ttyS0']) {
      const shown = await at.shown(each);
      t.regex(shown, /What the machine has:\n {2}\/dev\/sr0 {2}1 MiB/);
      t.regex(shown, /\n {2}2 {2}choose a device\n/);
    }
    t.regex(await at.shown('ttyS0'), /was not found in 0 seconds \(volume OURS, root image 0011/);
  }
});

test('a chosen device is taken, or the reason told why not', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sr0', disc(OTHER, { label: 'HOLIDAYS' }));
  await at.drive('sda', Buffer.alloc(64 * KIB));
  await at.console('ttyS0', '2\n1\n2\nsda\n2\nnowhere\n2\n\n4\n');
  const said = await at.lines(`${ENDS}\nask_for_medium`);
  t.is(said.at(-1), 'reboot -f');
  const shown = await at.shown('ttyS0');
  t.regex(shown, /\n {2}1 {2}\/dev\/sr0 .*\n {2}2 {2}\/dev\/sda .*\nWhich one\? /);
  t.regex(
    shown,
    /live: \/dev\/sr0 does not fit: ISO 9660 volume 'HOLIDAYS', not the one looked for: it cannot be mounted/,
  );
  t.regex(shown, /live: \/dev\/sda does not fit: neither an ISO 9660 volume/);
  t.regex(shown, /live: there is no device 'nowhere'/);

  await at.console('ttyS0', '2\nsda\n');
  await at.drive('sda', disc(UUID));
  t.deepEqual(await at.lines('look_around() { false; }; ask_for_medium; echo "$DISC"'), [
    '/dev/sda',
  ]);
});

test('nobody answers: a disc that is put in later starts', async (t) => {
  const at = await machine(t);
  if (at === undefined) return;
  await at.drive('sr0', Buffer.alloc(0));
  const late = await open(at.path('later'), 'w');
  await late.write(disc(UUID));
  await late.close();
  const script = '(sleep 1; cat /later >/dev/sr0) & ask_for_medium; echo "$DISC $DIRECT"';
  t.deepEqual(await at.lines(script), ['/dev/sr0 1']);
});
