import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';
import { liveRoot } from './helpers/live-root.js';

/** How the init comes by a compressed root image: what it asks of the kernel, which is not there. */

const SCRIPT = fileURLToPath(
  new URL('../../init-templates/initrd/lib/live/packed-image.sh', import.meta.url),
);
const MACHINE = `
for file in console settings medium devices packed-image system toram; do . /lib/live/$file.sh; done
to_consoles() { printf "$@"; }
sectors_of() { echo 100013; }
load_modules() { echo "load $*"; }
map_device() { echo "map $* $(cat)"; mkdir -p /dev/mapper; : >"/dev/mapper/$1"; }
unmap_device() { echo "unmap $*"; }
mount() { echo "mount $*"; }
umount() { echo "umount $*"; }
mount_medium_plain() { echo 'the medium is mounted'; }
loop_device() { echo "/dev/loop-of$1"; }
losetup() { echo "losetup $*"; }
give_up() { echo "given up: $*"; exit; }
DISC=/dev/sr0 DIRECT=1 COMPRESSION=squashfs ORIGIN=loop ROOT_SECTOR=20000 ROOT_FILE=live/root.squashfs
`;
const TELL = 'echo "$IMAGE $IMAGE_START $ORIGIN"';
const LOADED = ['load squashfs loop'];
const FOUND = [
  'live: the squashfs on /dev/sr0 has the root image',
  '/dev/loop-of/run/live/packed/root.img 0 loop',
];

async function lines(t: ExecutionContext, script: string): Promise<string[] | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  await copyFile(SCRIPT, join(top, 'lib/live/packed-image.sh'));
  await mkdir(join(top, 'sys/class/tty/console'), { recursive: true });
  await writeFile(join(top, 'sys/class/tty/console/active'), 'one\n');
  return shell.lines(`${MACHINE}\n${script}`);
}

test("the compressed file system is the drive's own sectors, up to a whole block", async (t) => {
  const said = await lines(t, `find_packed_image\n${TELL}\nrelease_packed_image`);
  if (said === undefined) return;
  t.deepEqual(said, [
    ...LOADED,
    'map live-packed --readonly 0 80008 linear /dev/sr0 20000',
    // With a cache of its own.
    'mount -t squashfs -o ro /dev/loop-of/dev/mapper/live-packed /run/live/packed',
    ...FOUND,
    'umount /run/live/packed',
    'losetup -d /dev/loop-of/dev/mapper/live-packed',
    'unmap live-packed',
  ]);
});

test('erofs has a cache, and needs no loop device for it', async (t) => {
  const said = await lines(t, `COMPRESSION=erofs\nfind_packed_image\nrelease_packed_image`);
  if (said === undefined) return;
  t.true(said.includes('mount -t erofs -o ro /dev/mapper/live-packed /run/live/packed'));
  t.deepEqual(said.slice(-2), ['umount /run/live/packed', 'unmap live-packed']);
});

test('on a disc that was mastered anew it is a file of the medium', async (t) => {
  const said = await lines(t, `DIRECT=\nfind_packed_image\n${TELL}\nrelease_packed_image`);
  if (said === undefined) return;
  const device = '/dev/loop-of/run/live/medium/live/root.squashfs';
  t.deepEqual(said, [
    ...LOADED,
    'live: the root image is not at its sector; using a loop device',
    'the medium is mounted',
    `mount -t squashfs -o ro ${device} /run/live/packed`,
    ...FOUND,
    'umount /run/live/packed',
    `losetup -d ${device}`,
  ]);
});

test('live.origin=direct is told to be impossible; without the driver there is a shell', async (t) => {
  const said = await lines(t, `ORIGIN=direct\nfind_packed_image\n${TELL}`);
  if (said === undefined) return;
  t.regex(said.join('\n'), /is compressed: it has no sectors for live\.origin=direct/);
  t.is(said.at(-1), FOUND[1]);
  const failed = await lines(t, `mount() { false; }\nfind_packed_image\n${TELL}`);
  t.is(failed?.at(-1), 'given up: the squashfs with the root image could not be mounted.');
});

test('a damaged place of the disc is no block of the image', async (t) => {
  const said = await lines(t, 'BAD_BLOCKS="1 2"\nfind_packed_image\necho "none:$BAD_BLOCKS"');
  if (said === undefined) return;
  t.is(said.at(-1), 'none:');
});

test('reads are tried again below the compressed file system', async (t) => {
  const root = await liveRoot(t, { ORIGIN: 'loop', DRIVE: 'sr0' });
  if (root === undefined) return;
  const script = (exists: string) => `. ./change-table.sh; . ./read-retries.sh
    resident() { case $* in *" load "* | *" resume "*) echo "$*" ;; esac; }
    modprobe() { :; }; assemble_tries() { :; }
    ${exists}
    start_read_retries; echo "$?"`;
  await root.write({ '/sys/block/sr0/dev': '11:0\n', '/sys/block/md_live/dev': '9:127\n' });
  t.is(await root.run(script('')), '1\n', 'an image in ISO 9660 goes without');
  await root.write({ '/dev/mapper/live-packed': '' });
  const loads = ['live-packed', 'live-medium'].map(
    (name) =>
      `sbin/dmsetup load ${name} --readonly\nsbin/dmsetup resume ${name} --noudevsync --noudevrules --nolockfs\n`,
  );
  t.is(await root.run(script('')), `${loads.join('')}0\n`);
});
