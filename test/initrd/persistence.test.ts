import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { DISK_SIGNATURE, storeHeader, writePartitionedDisk } from '../boot/persistence/drives.js';
import { storedChunks } from '../boot/persistence/snapshot-store.js';
import { temporaryFolder } from './helpers/unpack.js';

const BUSYBOX = { program: 'busybox', purpose: 'judges', debianPackage: 'busybox-static' };
const LIVE = new URL('../../init-templates/initrd/lib/live/', import.meta.url);
const DISC = '5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e';
const HEADER = 4096;

/** What scripts say that have the functions for stores that last, in lines. What they read lies in the folder. */
async function lines(folder: string, script: string): Promise<string[]> {
  const read = async (name: string) => readFile(new URL(name, LIVE), 'utf8');
  const names = [
    'system/store-header.sh',
    'persistence.sh',
    'find-store.sh',
    'store.sh',
    'root-check.sh',
    'root.sh',
  ];
  const whole = (await Promise.all(names.map(read))).join('').replace(/^\. .*$/gm, '');
  const functions = whole.replace(/\/(?=(?:sys|root|run|proc)\/)/g, `${folder}/`);
  const stubs =
    'say() { echo "say $*"; }; warn() { echo "warn $*"; }; debug_stop() { :; }; cd "$1"';
  const args = ['sh', '-c', `${stubs}\n${functions}\n${script}`, 'sh', folder];
  return (await run(BUSYBOX, args)).toString().split('\n').slice(0, -1);
}

const READ = `read_header store && echo "$HEADER_DISC $HEADER_CREATED $HEADER_SECTORS" || echo "$PROBLEM"`;

test('a header is text that is read as it was written', async (t) => {
  const folder = await temporaryFolder(t);
  const write = `header_text ${DISC} 2026-01-31T12:00:00Z 131064 | dd of=store bs=4096 conv=sync`;
  await lines(folder, `${write} 2>/dev/null`);
  const header = await readFile(join(folder, 'store'));
  t.is(header.length, HEADER);
  t.is(header.toString('latin1').replace(/\0+$/, ''), storeHeader(DISC, 131064));
  t.deepEqual(await lines(folder, READ), [`${DISC} 2026-01-31T12:00:00Z 131064`]);
});

const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  nothing: ['', /no store/],
  'something else': ['\x00\x01ext\n', /no store/],
  'a later version': [storeHeader(DISC, 4096).replace('store 1', 'store 2'), /does not know/],
  'another size than was written': [
    storeHeader(DISC, 4096).replace('sectors=4096', 'sectors=4097'),
    /damaged/,
  ],
  'half a header': [storeHeader(DISC, 4096).slice(0, 50), /damaged/],
  'no number': [storeHeader(DISC, Number.NaN), /damaged/],
  'a number that arithmetic takes for octal': [storeHeader(DISC, '04096'), /damaged/],
  'less than a store can have': [storeHeader(DISC, 2047), /damaged/],
  'no size that a disk can have': [storeHeader(DISC, '9'.repeat(19)), /damaged/],
  'commands for the terminal': [storeHeader('\x1b]0;title\x07', 4096), /damaged/],
  'two discs': [storeHeader(`${DISC}\ndisc=${DISC}`, 4096), /damaged/],
};
for (const [what, [content, why]] of Object.entries(REFUSED)) {
  test(`a device that holds ${what} is no store`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'store'), content, 'latin1');
    const [said = '', ...rest] = await lines(folder, READ);
    t.regex(said, why);
    t.deepEqual(rest, []);
  });
}

test("the kernel's header tells whether there is anything, and whether it is good", async (t) => {
  const folder = await temporaryFolder(t);
  const states: string[] = [];
  for (const words of [[], [0x70416e53, 1, 1, 8], [0x70416e53, 0, 1, 8], [0x70416e53, 1, 1, 16]]) {
    const store = Buffer.alloc(3 * HEADER);
    for (const [index, word] of words.entries()) store.writeUInt32LE(word, HEADER + index * 4);
    await writeFile(join(folder, 'store'), store);
    states.push(...(await lines(folder, 'cow_state store')));
  }
  t.deepEqual(states, ['empty', 'used', 'invalid', 'foreign']);
});

test('an emptied store keeps our header and nothing else that counts', async (t) => {
  const folder = await temporaryFolder(t);
  const store = Buffer.alloc(4 * HEADER, 0xff);
  store.fill(0, 0, HEADER).write(storeHeader(DISC, 4096));
  await writeFile(join(folder, 'store'), store);
  t.deepEqual(await lines(folder, `empty_store store && cow_state store; ${READ}`), [
    'empty',
    `${DISC} 2026-01-31T12:00:00Z 4096`,
  ]);
  const after = await readFile(join(folder, 'store'));
  t.is(after.length, store.length);
  t.is(storedChunks(after.subarray(HEADER)).size, 0);
  // The power may go when the kernel has written its header, and not yet emptied the first table.
  for (const [index, word] of [0x70416e53, 1, 1, 8].entries())
    after.writeUInt32LE(word, HEADER + index * 4);
  t.is(storedChunks(after.subarray(HEADER)).size, 0);
});

test('LUKS is known by its first bytes, and the disc by the label', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'store'), luks(`live-${DISC}`));
  await writeFile(join(folder, 'plain'), storeHeader(DISC, 4096));
  const ask = (name: string) => `is_encrypted ${name} && encrypted_label ${name}; echo $?`;
  t.deepEqual(await lines(folder, `${ask('store')}; ${ask('plain')}`), [`live-${DISC}0`, '1']);
});

/** A store file's first bytes, encrypted with this label. */
function luks(label: string): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write('LUKS\xba\xbe', 'latin1');
  header.write(label, 24);
  return header;
}

/** A store of this disc, with the kernel's header behind ours. */
function wholeStore(words: readonly number[] = []): Buffer {
  const store = Buffer.alloc(3 * HEADER);
  store.write(storeHeader(DISC, 4096));
  for (const [index, word] of words.entries()) store.writeUInt32LE(word, HEADER + index * 4);
  return store;
}

/**
 * What make_lasting_store does to open live.cow=/dev/sdb1:/store that holds `content`, and to leave it; `after`
 * comes behind the functions. What is opened stays open until it is closed.
 */
async function openedFile(t: ExecutionContext, content: string | Buffer, after = ':') {
  const folder = await temporaryFolder(t);
  const top = join(folder, 'run/live/store');
  await mkdir(top, { recursive: true });
  await mkdir(join(folder, 'proc'));
  await writeFile(join(folder, 'proc/mounts'), `/dev/sdb1 ${top} ext4 rw,nosuid 0 0\n`);
  await writeFile(join(top, 'store'), content);
  // A loop device is the file itself.
  const stubs = `exec 9>&1; tell() { echo "$*" >&9; }
    COW=/dev/sdb1:/store UUID=${DISC} DISC=/dev/sr0 WAIT=9
    wait_for_store() { STORE_DEVICE=/dev/sdb1; }; whole_disk() { return 1; }; load_modules() { :; }
    mount() { tell "mount $4"; }; umount() { tell "umount \${1##*/}"; }
    losetup() { if [ "$1" = -f ]; then echo ${top}/store; else tell "losetup $*"; fi; }
    blockdev() { if [ "$1" = --getsz ]; then echo 99999; else tell "blockdev $*"; fi; }
    write_through_loop() { :; }; enter_image() { :; }; leave_image() { :; }; in_image() { :; }
    unmap_devices() { tell "unmap $*"; }; map_device() { tell "map $1"; }; switch_cache_off() { :; }`;
  const said = await lines(folder, `${stubs}\n${after}\nmake_lasting_store; echo "status $?"`);
  return said.map((line) => line.replaceAll(`${top}/`, ''));
}

const READ_ONLY = /^mount ro,/;
const WRITABLE = /^mount rw,/;
/** Closing what was opened, whatever that was. */
const LEFT = ['unmap live-kept live-crypt', 'umount store', 'unmap live-partition'];

test('a store file of this disc is opened to be written to', async (t) => {
  const said = await openedFile(t, wholeStore());
  t.deepEqual(
    said.filter((line) => /^(losetup|map|unmap|status)/.test(line)),
    ['losetup store store', 'map live-kept', 'status 0'],
  );
  t.regex(said.filter((line) => line.startsWith('mount')).at(-1) ?? '', WRITABLE);
});

for (const [what, content] of Object.entries({
  'a store of another disc': storeHeader('0'.repeat(32), 4096),
  'an encrypted store of another disc': luks(`live-${'0'.repeat(32)}`),
  'something else that is encrypted': luks('secrets'),
  'a damaged store': storeHeader(DISC, 4096).replace('sectors=4096', 'sectors=4097'),
})) {
  test(`the file system of a file that is ${what} is mounted read-only, and left`, async (t) => {
    const said = await openedFile(t, content);
    t.is(said.at(-1), 'status 1');
    t.regex(said.at(-2) ?? '', /^warn changes are kept in RAM only: /);
    t.true(said.some((line) => READ_ONLY.test(line)));
    t.false(
      said.some((line) => WRITABLE.test(line) || line.startsWith('losetup')),
      `${said}`,
    );
    const closing = said.slice(said.findIndex((line) => READ_ONLY.test(line)) + 1, -2);
    t.deepEqual(closing, [...LEFT, 'blockdev --setro /dev/sr0']);
  });
}

for (const [what, content, after, why] of [
  ['is invalid', wholeStore([0x70416e53, 0, 1, 8]), ':', /cannot be trusted/],
  ['was not opened', luks(`live-${DISC}`), ':', /the encrypted store on .* was not opened/],
  [
    'cannot be mapped',
    wholeStore(),
    'map_device() { return 1; }',
    /the store on .* could not be mapped/,
  ],
] as const) {
  test(`a store file that ${what} is closed again`, async (t) => {
    const said = await openedFile(t, content, after);
    t.regex(said.at(-2) ?? '', why);
    const [unmap = '', ...rest] = LEFT;
    t.deepEqual(said.slice(-7, -2), [
      unmap,
      'losetup -d store',
      ...rest,
      'blockdev --setro /dev/sr0',
    ]);
  });
}

test('a drive that is write-protected is told, and not taken for a lack of loop devices', async (t) => {
  // busybox mounts it read-only, and says so only with its status.
  const protectedDrive = `sed -i 's/rw,/ro,/' proc/mounts`;
  const said = await openedFile(t, wholeStore(), protectedDrive);
  t.regex(said.at(-2) ?? '', /the file system on \/dev\/sdb1 cannot be written to; live\.ro/);
  t.is(said.at(-1), 'status 1');
  const read = await openedFile(t, wholeStore(), `${protectedDrive}; live_ro=yes`);
  t.true(read.includes('losetup -r store store'), `${read}`);
  t.true(read.includes('say the store is only read; changes are kept in RAM'));
});

test("a partition of the disc's own stick that is not used leaves the stick as it was", async (t) => {
  const said = await openedFile(
    t,
    '',
    `COW=/dev/sdb2 DISC=/dev/sdb; wait_for_store() { STORE_DEVICE=/dev/sdb2; }; whole_disk() { echo sdb; }
     mkdir -p sys/class/block/sdb2; echo 4096 >sys/class/block/sdb2/start
     has_our_store() { PROBLEM='another disc'; return 1; }; is_encrypted() { return 1; }`,
  );
  t.deepEqual(said, [
    'say looking for the store (/dev/sdb2)',
    'blockdev --setrw /dev/sdb',
    'map live-partition',
    ...LEFT,
    'blockdev --setro /dev/sdb',
    'warn changes are kept in RAM only: another disc',
    'status 1',
  ]);
});

test('a store that is left later, for its file system cannot be mounted, is closed, too', async (t) => {
  const again = (how: string) => {
    const stubs = `make_store() { :; }; make_snapshot() { echo new; }; STORE_LOOP=/dev/loop3
      map_kept() { echo kept; }; read_store_only() { echo read; }`;
    return openedFile(t, wholeStore(), `${stubs}; stack_again ${how}; exit`);
  };
  const first = 'unmap live-root live-saved live-store live-kept';
  const [unmap = '', ...rest] = LEFT;
  t.deepEqual(await again("''"), [
    ...[first, unmap, 'losetup -d /dev/loop3', ...rest, 'blockdev --setro /dev/sr0', 'new'],
  ]);
  t.deepEqual(await again('yes'), [first, 'kept', 'read', 'new']);
});

/** How long wait_for_store waits for a store that is nowhere, in seconds; `events` happen at theirs. */
async function wait(t: ExecutionContext, cow: string, seconds: number, events = '') {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'sys/class/block/sr0'), { recursive: true });
  await mkdir(join(folder, 'sys/bus/usb/devices'), { recursive: true });
  const disk = join(folder, 'sys/class/scsi_device/0:0:0:0/device');
  await mkdir(join(disk, 'block'), { recursive: true });
  await writeFile(join(disk, 'type'), '0\n');
  const stubs = `COW=${cow} WAIT=${seconds}; echo 100 >clock; uptime_seconds() { cat clock; }
    load_for_hardware() { :; }; find_store() { false; }; disk=${disk}; block=sys/class/block
    sleep() { echo $(($(cat clock) + 1)) >clock; case $(cat clock) in ${events} esac; }`;
  const said = await lines(folder, `${stubs}\nwait_for_store || echo "$PROBLEM"; cat clock`);
  return { problem: said[0] ?? '', seconds: Number(said[1]) - 100 };
}

test('any store is waited for until no more drives turn up, a named one for live.wait', async (t) => {
  const none = await wait(t, 'auto', 60);
  t.is(none.seconds, 8);
  t.is(none.problem, 'no drive has a store of this disc');
  t.is((await wait(t, 'auto', 3)).seconds, 3);
  t.is((await wait(t, 'auto', 60, '105) mkdir $block/sda ;;')).seconds, 13);
  const spinsUp = '101) rmdir $disk/block ;; 130) mkdir $disk/block ;;';
  t.is((await wait(t, 'auto', 60, spinsUp)).seconds, 30);
  t.is((await wait(t, 'auto', 60, '101) rmdir $disk/block ;;')).seconds, 60);
  const named = await wait(t, '/dev/sdb1', 60);
  t.is(named.seconds, 60);
  t.regex(named.problem, /^no device for live\.cow=\/dev\/sdb1 was found in 60 seconds$/);
});

/** What make_store takes for changes on a stick, sdb, with a store in its second partition. */
async function choice(t: ExecutionContext, settings: string): Promise<string[]> {
  const folder = await temporaryFolder(t);
  for (const name of ['sda/sda1', 'sdb/sdb1', 'sdb/sdb2']) {
    await mkdir(join(folder, 'sys/class/block', name), { recursive: true });
    await writeFile(join(folder, 'sys/class/block', name, 'partition'), '1\n');
  }
  const stubs = `COW=zram DISC=/dev/sdb PERSISTENT=no; ${settings}
    has_our_store() { [ "$1" = /dev/sda1 ] || [ "$1" = "\${ours:-/dev/sdb2}" ]; }
    make_lasting_store() { echo "lasting $COW"; \${works:-true} && PERSISTENT=yes; }
    make_memory_store() { echo "memory $COW"; }
    set_limits() { :; }; map_store() { :; }; limit_dirty_memory() { :; }`;
  return lines(folder, `${stubs}\nmake_store`);
}

test('a store behind the disc is taken where nothing else is said', async (t) => {
  t.deepEqual(await choice(t, ':'), ['lasting /dev/sdb2']);
  t.deepEqual(await choice(t, 'COW=ram'), ['lasting /dev/sdb2']);
  t.deepEqual(await choice(t, 'COW=ram works=false'), ['lasting /dev/sdb2', 'memory ram']);
  t.deepEqual(await choice(t, 'ours=none'), ['memory zram'], 'not what lies on other drives');
  t.deepEqual(await choice(t, 'live_cow=zram'), ['memory zram']);
  t.deepEqual(await choice(t, 'live_toram=yes'), ['memory zram']);
  t.deepEqual(await choice(t, 'live_toram=no'), ['lasting /dev/sdb2']);
  t.deepEqual(await choice(t, 'DISC=/dev/sr0'), ['memory zram']);
  t.deepEqual(await choice(t, 'DISC='), ['memory zram']);
  // It was found once, and left: it was full, or its file system is damaged.
  t.deepEqual(await choice(t, 'STORE_DRIVE=/dev/sdb2'), ['memory zram']);
  const named = 'live_cow=/dev/sdc1 COW=/dev/sdc1 works=false';
  t.deepEqual(await choice(t, named), ['lasting /dev/sdc1', 'memory zram']);
});

async function blockSize(folder: string, bytes: number): Promise<void> {
  const queue = join(folder, 'sys/class/block/disk/queue');
  await mkdir(queue, { recursive: true });
  await writeFile(join(queue, 'logical_block_size'), `${bytes}\n`);
}

test('PARTUUID of a boot sector is its signature and the number', async (t) => {
  const folder = await temporaryFolder(t);
  await blockSize(folder, 512);
  await writePartitionedDisk(join(folder, 'disk'), '');
  t.deepEqual(await lines(folder, 'partition_uuid disk 1; partition_uuid disk 12'), [
    `${DISK_SIGNATURE.toString(16)}-01`,
    `${DISK_SIGNATURE.toString(16)}-0c`,
  ]);
});

for (const bytes of [512, 4096]) {
  test(`PARTUUID of a GPT with blocks of ${bytes} is the partition's own GUID`, async (t) => {
    const folder = await temporaryFolder(t);
    await blockSize(folder, bytes);
    const disk = Buffer.alloc(16 * bytes);
    disk.write('EFI PART', bytes);
    // 00112233-4455-6677-8899-aabbccddeeff as UEFI stores it.
    disk.write('33221100554477668899aabbccddeeff', 2 * bytes + 2 * 128 + 16, 'hex');
    await writeFile(join(folder, 'disk'), disk);
    t.deepEqual(await lines(folder, 'partition_uuid disk 3'), [
      '00112233-4455-6677-8899-aabbccddeeff',
    ]);
  });
}

/** check_root on an unclean file system; `status` is what e2fsck -p ends with, `again` -y. */
async function check(t: ExecutionContext, before: string, status: number, again = 0) {
  const stubs = `root_is_unclean() { true; }; enter_image() { :; }; leave_image() { :; }
    in_image() { echo "$1 $2"; [ "$2" = -y ] && return ${again}; return ${status}; }
    stack_again() { echo "stack_again $1"; }`;
  return lines(await temporaryFolder(t), `${stubs}\nPERSISTENT=yes; ${before}; check_root`);
}

test('an unclean store is repaired, the more thoroughly the worse it is', async (t) => {
  const repaired = (said: string[]) => said.filter((line) => /^e2fsck|in order|stack/.test(line));
  t.deepEqual(repaired(await check(t, ':', 1)), [
    'e2fsck -p',
    'say the file system is in order again',
  ]);
  t.deepEqual(repaired(await check(t, ':', 4, 1)), [
    'e2fsck -p',
    'e2fsck -y',
    'say the file system is in order again',
  ]);
  t.deepEqual(repaired(await check(t, ':', 4, 4)), ['e2fsck -p', 'e2fsck -y', 'stack_again ']);
  t.deepEqual(repaired(await check(t, ':', 8)), ['e2fsck -p', 'stack_again ']);
});

test('without e2fsck the store is only read, or written to when told so', async (t) => {
  const none = await check(t, ':', 127);
  t.true(
    none.some((line) => /^warn .*no e2fsck.*live\.fsck=no/.test(line)),
    `${none}`,
  );
  t.is(none.at(-1), 'stack_again yes');
  const told = await check(t, 'live_fsck=no', 127);
  t.regex(told.join('\n'), /^warn .*not checked/);
  t.false(told.some((line) => /^(e2fsck|stack_again)/.test(line)));
});

test('a store in RAM, and a clean one, are not checked', async (t) => {
  t.deepEqual(await check(t, 'PERSISTENT=no', 1), []);
  t.deepEqual(await check(t, 'root_is_unclean() { false; }', 1), []);
});

test('what is wrong with a store is told, and it is not opened', async (t) => {
  const folder = await temporaryFolder(t);
  const store = Buffer.alloc(3 * HEADER);
  store.write(storeHeader(DISC, 4096));
  await writeFile(join(folder, 'store'), store);
  const stubs = `UUID=${DISC}; COW=/dev/x; STORE_DEVICE=store; READ_ONLY=no
    blockdev() { echo \${sectors:-4104}; }`;
  const problem = async (before: string) =>
    (await lines(folder, `${stubs}; ${before}; check_store && echo good || echo "$PROBLEM"`)).at(
      -1,
    );
  t.is(await problem(':'), 'good');
  t.regex((await problem('UUID=0')) ?? '', /another disc/);
  t.regex((await problem('sectors=4103')) ?? '', /smaller than/);
  t.is(await problem('live_reset=yes'), 'good');
  t.regex((await problem('live_reset=yes; READ_ONLY=yes')) ?? '', /neither read nor emptied/);
  store.writeUInt32LE(0x70416e53, HEADER);
  await writeFile(join(folder, 'store'), store);
  t.regex((await problem(':')) ?? '', /live\.reset begins anew/);
});

/** The stages of the root, on a store that holds `filled` of its `size` KiB. */
async function startOn(t: ExecutionContext, filled: number, size: number, before = ':') {
  const stubs = `PERSISTENT=yes COW=/dev/x STORE_KIB=${size} DIRTY_KIB=256 BRAKE_KIB=1024
    stack_again() { echo "stack_again $1"; PERSISTENT=no; BASE=; }; load_modules() { :; }
    reserve_what_does_not_fit() { echo mounted; }; give_up() { echo "give up"; exit; }
    dmsetup() { echo "0 99999 snapshot ${filled * 2}/${size * 2} 24"; }`;
  return lines(await temporaryFolder(t), `${stubs}\n${before}`);
}

test('a full store is only read, before anything is written to it', async (t) => {
  const full = (filled: number) => startOn(t, filled, 65_536, 'leave_full_store');
  t.deepEqual(await full(65_536 - 1024 - 260), []);
  const said = await full(65_536 - 1024 - 256);
  t.regex(said[0] ?? '', /^warn the store on \/dev\/x is full: it is read, .*in RAM only/);
  t.deepEqual(said.slice(1), ['stack_again yes']);
});

test('a store whose file system cannot be mounted is left out of the start', async (t) => {
  const broken = 'mount() { [ "$PERSISTENT" = no ]; }; mount_root';
  const said = await startOn(t, 0, 65_536, broken);
  t.regex(said[0] ?? '', /^warn the file system in the store could not be mounted/);
  t.deepEqual(said.slice(1), ['stack_again ', 'mounted']);
  // What was read ahead of it must not be open any more: it could not be taken away.
  const ahead = `read_metadata() { exec 6</dev/null; }
    stack_again() { if { true <&6; } 2>/dev/null; then echo 'still open'; fi; PERSISTENT=no; }; ${broken}`;
  t.deepEqual((await startOn(t, 0, 65_536, ahead)).slice(1), ['mounted']);
  t.deepEqual(await startOn(t, 0, 65_536, `PERSISTENT=no; mount() { false; }; mount_root`), [
    'give up',
  ]);
});

/** What the init reserves, in blocks, and what it tells the guard; `known` by the last one, in KiB. */
async function reserved(t: ExecutionContext, known: string | undefined, persistent = 'yes') {
  const folder = await temporaryFolder(t);
  const allocator = join(folder, 'sys/fs/ext4/dm-3');
  await mkdir(allocator, { recursive: true });
  await writeFile(join(allocator, 'reserved_clusters'), '0');
  await mkdir(join(folder, 'root/var/lib'), { recursive: true });
  const file = join(folder, 'root/var/lib/live-reusable');
  if (known !== undefined) await writeFile(file, known);
  // 10,000 blocks of 16,384 are in use in the store; the file system has 100,000 free ones.
  const stubs = `PERSISTENT=${persistent} STORE_KIB=65536 BRAKE_KIB=2048; dm_name() { echo dm-3; }
    dmsetup() { echo "0 99999 snapshot 80000/131072 24"; }; stat() { echo 100000; }`;
  const said = await lines(
    folder,
    `${stubs}
    reserve_what_does_not_fit; echo "$FREE_BLOCKS $REUSABLE_KIB"`,
  );
  const room = 100_000 - Number(await readFile(join(allocator, 'reserved_clusters'), 'utf8'));
  return { said: said.join(), room, left: await readFile(file, 'utf8').catch(() => undefined) };
}

test('what was deleted before is room in a lasting store, told by the last guard, once', async (t) => {
  const unknown = { said: '110000 0', room: 16_384 - 512 - 1024 - 10_000 };
  t.deepEqual(await reserved(t, undefined), { ...unknown, left: undefined });
  const known = { said: '108000 8000', room: unknown.room + 2000, left: '' };
  t.deepEqual(await reserved(t, '8000\n'), known);
  for (const wrong of ['', '-8\n', '08000\n', '8 x\n', '40001\n', `${2 ** 63}\n`, '1; reboot\n'])
    t.deepEqual(await reserved(t, wrong), { ...unknown, left: '' }, wrong);
  t.deepEqual(await reserved(t, '8000\n', 'no'), { ...unknown, left: '8000\n' });
});
