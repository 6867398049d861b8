import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import type { ExtraDrive } from '../../src/qemu/drives.js';
import type { SerialShell } from '../../src/qemu/shell.js';
import { checkShutdown } from './facts.js';
import { sha256 } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';
import {
  DISK_SIGNATURE,
  PARTITIONS,
  storeHeader,
  writeBlank,
  writeExt4,
  writePartitionedDisk,
} from './persistence/drives.js';
import { fileContent, syncedFiles, writerScript } from './persistence/marks.js';
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

let folder = '';
const file = (name: string) => join(folder, name);

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  await writePartitionedDisk(file('disk'), storeHeader(OTHER_DISC, 1000));
  await writeBlank(file('fat'), 64);
  await writeExt4(file('ext4'), 64, 'stick');
  await writeFile(file('log'), '');
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
  const before = await sha256(file('disk'));
  const live = await boot(t, '/dev/vda1');
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
  const made = await shell.output(typing('vda1', `${CREATE} /dev/vda1 --overwrite`));
  t.regex(made, /Everything on \/dev\/vda1 \(64 MiB\) will be lost[\s\S]*live\.cow=auto/);
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
});

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

  const seed = Number(process.env.SNAPDISC_CUT_SEED ?? Date.now() % 2 ** 31);
  t.log(`SNAPDISC_CUT_SEED=${seed}`);
  const events = await readWriteLog(file('log'));
  t.true(events.length > 500, `${events.length}`);
  const origin = file('origin');
  await writeOrigin(live.iso, await initrdOf(live.iso), origin);
  const untouched = await sha256(origin);
  let checked = 0;
  for (const each of powerCuts(initial, events, CUTS, seed)) {
    checked += await checkCut(t, each, events, origin);
    cut = each;
  }
  t.log(`${events.length} events, ${CUTS} cuts, ${checked} files compared`);
  t.true(checked > CUTS * 5, 'cuts come while files are there');
  t.is(await sha256(origin), untouched, 'each cut was checked on the disc as it is');
});

async function initrdOf(iso: string): Promise<Buffer> {
  const xorriso = { program: 'xorriso', purpose: 'takes files off', debianPackage: 'xorriso' };
  const take = ['-extract', '/live/initrd.img', file('initrd')];
  await run(xorriso, ['-osirrox', 'on', '-indev', iso, ...take]);
  return readFile(file('initrd'));
}

const SH = { program: 'sh', purpose: 'judges', debianPackage: 'e2fsprogs' };

/** Repairs the file system as it was after a cut, compares what was synced, and puts the origin back. */
async function checkCut(
  t: ExecutionContext,
  { at, drive }: PowerCut,
  events: Parameters<typeof syncedFiles>[0],
  origin: string,
): Promise<number> {
  const { from, to } = PARTITIONS.store;
  const chunks = storedChunks(drive.subarray(from + CHUNK, to));
  const original = await exchange(origin, chunks);
  await rm(file('undo'), { force: true });
  const check = 'e2fsck -fy -z "$2" "$1" >"$3" 2>&1; echo $?';
  const status = await run(SH, ['-c', check, 'sh', origin, file('undo'), file('said')]);
  const said = await readFile(file('said'), 'utf8');
  t.true(['0\n', '1\n'].includes(status.toString()), `cut ${at}: ${status} ${said}`);

  const expected = syncedFiles(events, at, PARTITIONS.marks);
  const requests = expected.map(({ name }) => `dump ${FOLDER}/${name} ${file(name)}`).join('\n');
  await writeFile(file('requests'), `${requests}\n`);
  await run(SH, ['-c', 'debugfs -f "$2" "$1" 2>&1', 'sh', origin, file('requests')]);
  for (const { name, version, size } of expected) {
    const kept = await readFile(file(name)).catch(() => Buffer.alloc(0));
    const whole = kept.equals(fileContent(name, version, size));
    t.true(
      whole,
      `cut ${at}: ${name} version ${version}, ${kept.length} of ${size} bytes; ${said}`,
    );
    await rm(file(name), { force: true });
  }

  await run(SH, ['-c', '[ ! -s "$2" ] || e2undo "$2" "$1"', 'sh', origin, file('undo')]);
  await exchange(origin, original);
  return expected.length;
}

/** Writes chunks to the file, and gives what was there. */
async function exchange(name: string, chunks: Map<number, Buffer>): Promise<Map<number, Buffer>> {
  const image = await open(name, 'r+');
  const before = new Map<number, Buffer>();
  try {
    for (const [chunk, data] of chunks) {
      const old = Buffer.alloc(CHUNK);
      await image.read(old, 0, CHUNK, chunk * CHUNK);
      before.set(chunk, old);
      await image.write(data, 0, CHUNK, chunk * CHUNK);
    }
  } finally {
    await image.close();
  }
  return before;
}

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

test.serial('live.reset empties the store', async (t) => {
  const live = await boot(t, '/dev/vda1', { parameters: 'live.reset' });
  t.regex(live.machine.console.transcript, /the store was emptied/);
  t.not((await live.shell.run('test -e /root/kept')).status, 0);
  await live.machine.stop();
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
});

test.serial('live.ro reads the store and writes nothing', async (t) => {
  const before = await sha256(file('fat'));
  const live = await boot(t, '/dev/vdb:/store', { parameters: 'live.ro' });
  const { shell, machine } = live;
  t.notRegex(machine.console.transcript, /file system is checked/);
  t.is(await shell.output('cat /root/kept'), 'kept');
  await shell.output('echo changed >/root/kept; sync');
  t.is(await shell.output('cat /root/kept'), 'changed');
  await machine.stop();
  t.is(await sha256(file('fat')), before);
});

test.serial('an encrypted store asks for its passphrase', async (t) => {
  const questions = [{ asked: /Enter passphrase for [^\n]*: /, answer: PASSPHRASE }];
  const live = await boot(t, 'LABEL=stick:/store', { questions });
  const { shell } = live;
  t.regex(await shell.output('dmsetup table live-crypt'), / crypt /);
  await shell.output('echo kept >/root/kept; sync');
  t.regex(await shell.output('/run/live/bin/live-persist info'), /and last/);
  await checkShutdown(t, live);
});
