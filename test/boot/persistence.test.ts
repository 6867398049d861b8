import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ExtraDrive } from '../../src/qemu/drives.js';
import type { SerialShell } from '../../src/qemu/shell.js';
import { checkShutdown } from './facts.js';
import { liveIso, sha256 } from './live-iso.js';
import { bootLive, bootToShell, type Cell, EMULATED } from './live-machine.js';
import { cutJudge, initrdOf } from './persistence/cut-judge.js';
import {
  DISK_SIGNATURE,
  discUuid,
  fatIsClean,
  fatUuid,
  journalIsEmpty,
  PARTITIONS,
  storeHeader,
  writeBlank,
  writeExt4,
  writePartitionedDisk,
  writeStick,
} from './persistence/drives.js';
import { syncedFiles, writerScript } from './persistence/marks.js';
import { writeOrigin } from './persistence/origin-image.js';
import { type PowerCut, powerCuts } from './persistence/power-cut.js';
import { CHUNK, storedChunks } from './persistence/snapshot-store.js';
import { readWriteLog } from './persistence/write-log.js';

const CELL = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'ide',
  origin: 'direct',
  memoryMiB: 160,
} as const;
const FOLDER = '/var/tmp/cuts';
const PASSPHRASE = 'correct horse';
const OTHER_DISC = '0123456789abcdef0123456789abcdef';
const CUTS = 50;
const SEED = Number(process.env.SNAPDISC_CUT_SEED ?? Date.now() % 2 ** 31);

let folder = '';
const file = (name: string) => join(folder, name);

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  await writePartitionedDisk(file('disk'), storeHeader(OTHER_DISC, 100_000));
  await writeBlank(file('fat'), 64);
  await writeExt4(file('ext4'), 64, 'stick');
  for (const name of ['log', 'log of create']) await writeFile(file(name), '');
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** Boots with a disk, a FAT stick and an ext4 stick: vda, vdb, vdc. */
function boot(t: ExecutionContext, cow: string, options: Partial<Cell> = {}, writeLog?: string) {
  const extraDrives: ExtraDrive[] = [
    { path: file('disk'), ...(writeLog === undefined ? {} : { writeLog }) },
    { path: file('fat') },
    { path: file('ext4') },
  ];
  return bootLive(t, { ...CELL, cow, extraDrives, ...options });
}

const CREATE = '/run/live/bin/live-persist create';

/** Runs a program at a terminal, where `answer` is typed again and again. */
const typing = (answer: string, command: string) =>
  `while sleep 2; do echo '${answer}'; done | script -qec '${command}' /dev/null`;

async function checkRefused(t: ExecutionContext, shell: SerialShell, args: string, why: RegExp) {
  const { status, output } = await shell.run(`${CREATE} ${args} </dev/null`);
  t.is(status, 1, output);
  t.regex(output, why);
}

test.serial("another disc's store is left alone, and stores are made with care", async (t) => {
  const initial = await readFile(file('disk'));
  const before = await sha256(file('disk'));
  const live = await boot(t, '/dev/vda1', {}, file('log of create'));
  const { shell } = live;
  t.regex(live.machine.console.transcript, /changes are kept in RAM only: .* another disc/);
  t.regex(live.machine.console.transcript, new RegExp(OTHER_DISC));
  t.is(await sha256(file('disk')), before);
  t.regex(await shell.output('dmsetup table live-root'), / PO 8/);

  await checkRefused(t, shell, '/dev/sr0', /no disk/);
  await checkRefused(t, shell, '/dev/vda', /holds partitions/);
  await checkRefused(t, shell, '/dev/vda1', /holds data \(a store, made 2026-01-31T12:00:00Z\)/);
  await checkRefused(t, shell, '/dev/vda2 --size 4M', /too small/);
  await checkRefused(t, shell, '/dev/vdc', /holds data \(ext4\)/);
  await checkRefused(t, shell, '/dev/vda1 --overwrite', /--yes/);
  await checkRefused(t, shell, '/root/store --size 16M', /live system itself/);
  await shell.output('mkdir /mnt/fat /mnt/ext4; busybox mkdosfs /dev/vdb; sync');
  await shell.output('mount /dev/vdb /mnt/fat && mount /dev/vdc /mnt/ext4', 120);
  await checkRefused(t, shell, '/dev/vdc --overwrite --yes', /mounted/);
  await checkRefused(t, shell, '/mnt/fat/store --size 80M', /no room/);
  t.is(await sha256(file('disk')), before);

  const wrong = await shell.run(typing('vda', `${CREATE} /dev/vda1 --overwrite`));
  t.regex(wrong.output, /nothing was changed/);
  const said = await shell.output(typing('vda1', `${CREATE} /dev/vda1 --overwrite`));
  t.regex(said, /Everything on \/dev\/vda1 \(64 MiB\) will be lost[\s\S]*live\.cow=auto/);
  t.regex(
    await shell.output('/run/live/bin/live-persist info /dev/vda1'),
    /^A store of 63 MiB, made 20\d\d-.*: empty\.$/,
  );
  t.regex(
    await shell.output(`${CREATE} /mnt/fat/store --size 16M`),
    /live\.cow=\/dev\/vdb:\/store$/,
  );
  const encrypted = `${CREATE} /mnt/ext4/store --size 32M --encrypt`;
  t.regex(await shell.output(typing(PASSPHRASE, encrypted), 180), /live\.cow=\/dev\/vdc:\/store/);
  t.regex(await shell.output('/run/live/bin/live-persist info /mnt/ext4/store'), /encrypted/);
  await shell.output('umount /mnt/fat /mnt/ext4');
  await checkShutdown(t, live);

  t.log(`SNAPDISC_CUT_SEED=${SEED}`);
  const made = discUuid(await initrdOf(live.iso, folder));
  const states = new Set<string>();
  const events = await readWriteLog(file('log of create'));
  for (const { at, drive } of powerCuts(initial, events, CUTS, SEED)) {
    const state = stateOf(drive, [OTHER_DISC, made]);
    t.not(state, 'a store that is not empty', `cut ${at} of ${events.length}`);
    states.add(state);
  }
  t.log(`${events.length} events, ${CUTS} cuts: ${[...states].join(', ')}`);
  t.true(states.has(OTHER_DISC) && states.has('no store'), 'cuts come while the store is made');
});

/** What the first partition holds: the store of one of these discs, or no store that any disc would take. */
function stateOf(drive: Buffer, discs: readonly string[]): string {
  const { from, to } = PARTITIONS.store;
  const header = drive.toString('latin1', from, from + CHUNK).replace(/\0+$/, '');
  const [, sectors = ''] = /^sectors=(\d+)$/m.exec(header) ?? [];
  const [, created = ''] = /^created=(.*)$/m.exec(header) ?? [];
  const disc = discs.find((each) => header === storeHeader(each, sectors, created));
  if (disc === undefined) return 'no store';
  if (disc === OTHER_DISC) return disc;
  const stored = storedChunks(drive.subarray(from + CHUNK, to));
  return stored.size === 0 ? disc : 'a store that is not empty';
}

let cut: PowerCut | undefined;

test.serial('what was synced outlives power cuts', async (t) => {
  t.timeout(20 * 60_000);
  const initial = await readFile(file('disk'));
  const live = await boot(t, 'auto', {}, file('log'));
  const { shell } = live;
  t.regex(live.machine.console.transcript, /the store is on \/dev\/vda1, made 20/);
  t.regex(await shell.output('dmsetup table live-root'), / PO 8/);
  await shell.output(writerScript({ device: '/dev/vda2', folder: FOLDER, files: 30 }), 300);
  t.regex(await shell.output('/run/live/bin/live-persist info'), /and last: \d+ of 6\d MiB/);
  t.is(await shell.output('cat /sys/block/vda/cache_type'), 'write through');
  await live.machine.stop();

  t.log(`SNAPDISC_CUT_SEED=${SEED}`);
  const events = await readWriteLog(file('log'));
  t.true(events.length > 500, `${events.length}`);
  const origin = file('origin');
  await writeOrigin(live.iso, await initrdOf(live.iso, folder), origin);
  const judge = cutJudge(t, { events, origin, scratch: folder, folder: FOLDER });
  const untouched = await sha256(origin);
  let [checked, mounts] = [0, 0];
  for (const each of powerCuts(initial, events, CUTS, SEED)) {
    const { problems, files, mounted } = await judge(each);
    t.deepEqual(problems, [], `cut ${each.at}`);
    checked += files;
    if (mounted) mounts++;
    cut = each;
  }
  t.log(`${events.length} events, ${CUTS} cuts, ${mounts} mounted, ${checked} files compared`);
  t.true(checked > CUTS * 5, 'cuts come while files are there');
  t.true(
    mounts === CUTS || mounts === 0,
    'the kernel mounts all or, for want of a loop device, none',
  );
  t.is(await sha256(origin), untouched, 'each cut was checked on the disc as it is');
});

test.serial('after a power cut the next start repairs the store and goes on', async (t) => {
  if (cut === undefined) throw new Error('there was no power cut');
  await writeFile(file('disk'), cut.drive);
  const id = `${DISK_SIGNATURE.toString(16)}-01`;
  const live = await boot(t, `PARTUUID=${id}`);
  const { shell, machine } = live;
  t.regex(machine.console.transcript, /file system is checked[\s\S]*in order again/);
  const expected = syncedFiles(await readWriteLog(file('log')), cut.at, PARTITIONS.marks);
  for (const { name, version, size } of expected) {
    const same = `yes '${name} version ${version}' | head -c ${size} | cmp - ${FOLDER}/${name}`;
    t.is(await shell.output(same), '');
  }
  await shell.output('echo kept >/root/kept');
  await checkShutdown(t, live);
});

/**
 * Every file is written over with what it holds, which needs room that nobody could promise. Programs
 * that run refuse.
 */
const REWRITE = `for file in $(find /usr/bin /usr/lib -xdev -type f -size -4000k); do
  dd if="$file" of="$file" bs=64k conv=notrunc,fsync 2>/dev/null ||
    ! grep -q "live-root / ext2 ro" /proc/mounts || break; done
  for i in $(seq 60); do grep -q "live-root / ext2 ro" /proc/mounts && break; sleep 1; done`;
const FILL = '/var/tmp/fill';
let filled = '';

test.serial(
  'live.reset empties the store; filled up, / becomes read-only and nothing is lost',
  async (t) => {
    const { machine, shell } = await boot(t, '/dev/vda1', { parameters: 'live.reset' });
    t.regex(machine.console.transcript, /the store was emptied/);
    t.not((await shell.run('test -e /root/kept')).status, 0);

    const { output } = await shell.run(`dd if=/dev/urandom of=${FILL} bs=64k conv=fsync`, 240);
    t.regex(output, /No space left on device/);
    await shell.output(`sync; ${REWRITE}`, 300);
    t.regex(await shell.output('cat /proc/mounts'), /live-root \/ ext2 ro/);
    t.regex(machine.console.transcript, /live: no room for changes: \/ is read-only now/);
    t.regex(await shell.output('dmsetup status live-root'), /^0 \d+ snapshot \d+\/\d+ \d+$/);
    filled = await shell.output(`echo 3 >/proc/sys/vm/drop_caches; sha256sum ${FILL}`);
    await machine.stop();
  },
);

test.serial('a store that is full at the start is only read', async (t) => {
  const before = await sha256(file('disk'));
  const { machine, shell } = await boot(t, '/dev/vda1');
  t.regex(
    machine.console.transcript,
    /the store on \/dev\/vda1 is full: .* RAM only\. live\.reset/,
  );
  t.is(await shell.output(`sha256sum ${FILL}`), filled);
  await shell.output('echo new >/root/new; sync');
  await machine.stop();
  t.is(await sha256(file('disk')), before);
});

test.serial('a file on a FAT stick is a store', async (t) => {
  const live = await boot(t, '/dev/vdb:/store');
  t.regex(
    await live.shell.output('/run/live/bin/live-persist info'),
    /\/dev\/vdb:\/store and last: \d+ of 15 MiB/,
  );
  t.is(await live.shell.output('cat /sys/block/loop*/loop/dio'), '1');
  await live.shell.output('echo kept >/root/kept');
  await checkShutdown(t, live);
  t.true(await fatIsClean(file('fat')), 'the stick was unmounted');
});

test.serial('live.ro reads the store and writes nothing', async (t) => {
  const before = await sha256(file('fat'));
  const cow = `UUID=${await fatUuid(file('fat'))}:/store`;
  const { shell, machine } = await boot(t, cow, { parameters: 'live.ro' });
  t.notRegex(machine.console.transcript, /file system is checked/);
  t.is(await shell.output('cat /root/kept'), 'kept');
  await shell.output('echo changed >/root/kept; sync');
  t.is(await shell.output('cat /root/kept'), 'changed');
  await machine.stop();
  t.is(await sha256(file('fat')), before);
});

test.serial('an encrypted store asks for its passphrase', async (t) => {
  const questions = [{ asked: /Enter passphrase for [^\n]*: /, answer: PASSPHRASE }];
  const parameters = 'live.eject=no';
  const live = await boot(t, 'LABEL=stick:/store', { questions, parameters });
  const { shell, machine } = live;
  t.regex(await shell.output('dmsetup table live-crypt'), / crypt /);
  await shell.output('echo kept >/root/kept');
  t.regex(await shell.output('/run/live/bin/live-persist info'), /and last/);
  await shell.leave('systemctl reboot');
  const again = await bootToShell(machine, `${EMULATED} live.cow=LABEL=stick:/store`, {
    questions,
  });
  t.is(await again.output('cat /root/kept'), 'kept');
  await checkShutdown(t, { ...live, shell: again, asksForDisc: true });
  t.true(await journalIsEmpty(file('ext4')), 'the stick was unmounted');
});

test.serial('a partition behind the disc, on the same stick, is a store', async (t) => {
  const iso = await liveIso(CELL.arch);
  const uuid = discUuid(await initrdOf(iso, folder));
  const store = await writeStick(iso, file('stick'), uuid);
  const before = await readFile(file('stick'));
  const cell = { ...CELL, drive: 'usb', cow: 'auto' } as const;
  const live = await bootLive(t, cell, file('stick'));
  const { shell, machine } = live;
  t.regex(machine.console.transcript, /the store is on \/dev\/sda2, made 2026-01-31/);
  await checkRefused(t, shell, '/dev/sda --overwrite --yes', /holds the disc/);
  await checkRefused(t, shell, '/dev/sda1 --overwrite --yes', /part of the disc/);
  await checkRefused(t, shell, '/dev/sda2 --overwrite --yes', /in use/);
  await shell.output('echo kept >/root/kept');
  await shell.leave('systemctl poweroff');
  await t.notThrowsAsync(machine.waitForExit(180));
  const after = await readFile(live.iso);
  t.true(after.subarray(0, store).equals(before.subarray(0, store)), 'the disc is unchanged');
  t.true(storedChunks(after.subarray(store + CHUNK)).size > 0);
});
