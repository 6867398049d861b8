import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { main } from '../../src/cli/main.js';
import { openDiscImage } from '../../src/disc-image.js';
import { parseMbr } from '../../src/iso9660/mbr.js';
import { storeProblems } from '../../src/media/flash/check-target.js';
import { readDiscForStore } from '../../src/media/flash/disc-for-store.js';
import { parseLsblk } from '../../src/media/flash/drives.js';
import { planFlash } from '../../src/media/flash/flash.js';
import { storeArea, storePieces } from '../../src/media/flash/store-layout.js';
import { writeTargets } from '../../src/media/flash/write-targets.js';
import { run } from '../../src/process.js';
import { GIB, MIB } from '../../src/units.js';
import { verifyStructure } from '../../src/verify/structure.js';
import { storeHeader } from '../boot/persistence/drives.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { CONTEXT, discOf, judge } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';
import { liveDisc } from '../verify/live-disc.js';
import { loopDevice } from './helpers.js';

const SECTOR = 512;
const SFDISK = judge('sfdisk', 'fdisk');
const CREATED = '2026-01-31T12:00:00Z';

test('a store takes all that is left of a drive, in whole MiB, from a multiple of 4 MiB on', (t) => {
  const mebibytes = fc.integer({ min: 1, max: 8 * 1024 });
  const driveSizes = fc.integer({ min: 1, max: 4096 * GIB });
  fc.assert(
    fc.property(mebibytes, driveSizes, (image, driveSize) => {
      const area = storeArea(image * MIB, driveSize);
      if (area === undefined) return driveSize < (image + 13) * MIB;
      const start = area.start * SECTOR;
      const end = start + area.sectors * SECTOR;
      const isAligned = start % (4 * MIB) === 0 && end % MIB === 0;
      const isBehind = start >= image * MIB && start < (image + 4) * MIB;
      const lost = Math.min(driveSize, 2048 * GIB) - end;
      return isAligned && isBehind && lost >= 0 && lost <= MIB && end - start >= 8 * MIB;
    }),
  );
  t.is(storeArea(100 * MIB, 108 * MIB - 1), undefined);
  t.deepEqual(storeArea(100 * MIB, 108 * MIB), { start: 204_800, sectors: 16_384 });
});

test('a partition is added to the table, and all else stays', (t) => {
  const bytes = fc.uint8Array({ minLength: SECTOR, maxLength: SECTOR });
  const driveSizes = fc.integer({ min: 64 * MIB, max: 4096 * GIB });
  fc.assert(
    fc.property(bytes, driveSizes, (random, driveSize) => {
      const mbr = Buffer.from(random);
      mbr.writeUInt16LE(0xaa55, 510);
      const area = storeArea(32 * MIB, driveSize) ?? { start: 0, sectors: 0 };
      const store = { area, driveSize, uuid: Buffer.alloc(16), created: new Date() };
      const last = storePieces(mbr, store).at(-1);
      const written = Buffer.from(last?.data ?? []);
      const added = parseMbr(written)?.partitions.find(({ number }) => number === 2);
      t.deepEqual(added, { number: 2, isActive: false, type: 0x83, ...area });
      mbr.copy(written, 462, 462, 478);
      return last?.at === 0 && written.equals(mbr);
    }),
  );
});

const [DRIVE] = parseLsblk(
  JSON.stringify({
    blockdevices: [
      {
        ...{ name: 'sdb', path: '/dev/sdb', size: 64 * MIB, type: 'disk' },
        ...{ rm: true, hotplug: true, ro: false, 'log-sec': '512' },
      },
    ],
  }),
);

test('what is left must do for a store', (t) => {
  if (DRIVE === undefined) throw new Error('lsblk was not understood');
  t.deepEqual(storeProblems(DRIVE, 56 * MIB), []);
  t.deepEqual(storeProblems(DRIVE, 57 * MIB), [
    '/dev/sdb has 7 MiB left behind the image, too little for a store: 8 MiB, from a multiple of 4 MiB on.',
  ]);
  t.deepEqual(storeProblems(DRIVE, 65 * MIB), [], 'told by another problem');
  t.deepEqual(storeProblems({ ...DRIVE, sectorSize: 4096 }, 8 * MIB), [
    '/dev/sdb has sectors of 4096 bytes, and a disc 512.',
  ]);
});

/** A disc that starts from sticks, as a file; `change` spoils it before. */
async function hybridDisc(t: ExecutionContext, change = (_: Buffer) => {}): Promise<string> {
  const { bytes } = await liveDisc(t);
  change(bytes);
  const iso = join(await temporaryDirectory(t), 'live.iso');
  await writeFile(iso, bytes);
  return iso;
}

test('only behind a disc of ours there is a place for its store', async (t) => {
  const iso = await hybridDisc(t);
  const superblock = await readRoot(iso);
  t.deepEqual(Buffer.from((await readDiscForStore(iso)).uuid), superblock.subarray(1128, 1144));

  const { iso: cd } = await discOf(t, directory({ data: file('x') }));
  await t.throwsAsync(readDiscForStore(cd), { code: 'image.partitions' });
  const spoilt: readonly ((bytes: Buffer) => void)[] = [
    // Another type, another start, another end, one more partition, another loader.
    (bytes) => bytes.writeUInt8(0xcd, 450),
    (bytes) => bytes.writeUInt32LE(4, 454),
    (bytes) => bytes.writeUInt32LE(bytes.readUInt32LE(458) - 2048, 458),
    (bytes) => bytes.writeUInt8(0xef, 466),
    (bytes) => bytes.writeUInt32LE(4, 432),
  ];
  for (const change of spoilt) {
    const error = await t.throwsAsync(readDiscForStore(await hybridDisc(t, change)));
    t.like(error, { code: 'image.partitions', exitCode: 8 });
  }
});

/** The first blocks of live/root.img. */
async function readRoot(iso: string): Promise<Buffer> {
  const disc = await readFile(iso);
  for (let at = 0; at < disc.length; at += 2048) {
    if (disc.readUInt16LE(at + 1024 + 56) === 0xef53) return disc.subarray(at, at + 4096);
  }
  throw new Error('there is no ext2 superblock');
}

/** As sfdisk reads it, sectors; null for what it does not know. */
async function tableOf(path: string) {
  const json = (await run(SFDISK, ['--json', path])).toString();
  const { partitiontable } = JSON.parse(json);
  return {
    label: partitiontable.label,
    id: partitiontable.id,
    partitions: partitiontable.partitions.map((each: Record<string, unknown>) => [
      ...[each.start, each.size, each.type, each.bootable ?? false],
    ]),
  };
}

test('over what was there a disc with a store is written and read back', async (t) => {
  const iso = await hybridDisc(t);
  const image = await readFile(iso);
  const { mbr, uuid } = await readDiscForStore(iso);
  const stick = join(await temporaryDirectory(t), 'stick');
  const driveSize = 40 * MIB + 3 * SECTOR;
  await writeFile(stick, Buffer.alloc(driveSize, 0xee));
  await run(SFDISK, ['--quiet', stick], Buffer.from('label: gpt\n,,\n'));
  const area = storeArea(image.length, driveSize);
  if (area === undefined) throw new Error('there is no room');
  const store = { area, driveSize, uuid, created: new Date(CREATED) };
  const destination = { path: stick, further: storePieces(mbr, store) };
  const written = {
    size: image.length,
    readAt: async (at: number, n: number) => image.subarray(at, at + n),
  };
  const [target] = await writeTargets([destination], written, true, CONTEXT);
  t.is(target?.failure, undefined);

  const found = await readFile(stick);
  const at = area.start * SECTOR;
  t.true(found.subarray(SECTOR, image.length).equals(image.subarray(SECTOR)));
  t.true(found.subarray(0, 462).equals(image.subarray(0, 462)), 'boot code, signature, the disc');
  const header = found.toString('latin1', at, at + 4096).replace(/\0+$/, '');
  t.is(header, storeHeader(Buffer.from(uuid).toString('hex'), area.sectors - 8, CREATED));
  t.true(found.subarray(at + 4096, at + MIB).equals(Buffer.alloc(MIB - 4096)));
  t.true(found.subarray(-MIB).equals(Buffer.alloc(MIB)), 'nothing is left of the GPT');
  t.deepEqual(await tableOf(stick), {
    label: 'dos',
    id: '0x00000007',
    partitions: [
      [0, image.length / SECTOR, '17', true],
      [area.start, area.sectors, '83', false],
    ],
  });
  const checked = (await run(SFDISK, ['--verify', stick])).toString();
  t.regex(checked, /No errors detected/);
  const blkid = judge('blkid', 'util-linux');
  t.is((await run(blkid, ['-p', '-o', 'value', '-s', 'TYPE', stick])).toString(), 'iso9660\n');

  const disc = await openDiscImage(stick);
  const checks = await verifyStructure(disc, CONTEXT);
  await disc.close();
  t.deepEqual(
    checks.filter(({ verdict }) => verdict !== 'passed'),
    [],
  );
});

test('a store that is not read back as it was written is told', async (t) => {
  const iso = await hybridDisc(t);
  const image = await readFile(iso);
  const stick = join(await temporaryDirectory(t), 'stick');
  await writeFile(stick, Buffer.alloc(40 * MIB));
  const data = Buffer.alloc(4096, 'store');
  let reading = false;
  const stage = (title: string) => {
    // The same as a stick that has lost it.
    if (title === 'Reading back') data[9] = reading ? 0 : 1;
    reading = true;
  };
  const destination = { path: stick, further: [{ at: 36 * MIB, data }] };
  const written = {
    size: image.length,
    readAt: async (at: number, n: number) => image.subarray(at, at + n),
  };
  const context = { reporter: { ...CONTEXT.reporter, stage }, signal: undefined };
  const [target] = await writeTargets([destination], written, true, context);
  t.is(target?.failure?.code, 'output.verify-failed');
  t.regex(target?.failure?.message ?? '', new RegExp(`at byte ${36 * MIB + 9}\\.`));
});

test.serial('snapdisc flash --persist, on loop devices', async (t) => {
  const iso = await hybridDisc(t);
  const image = await readFile(iso);
  const [stick, tiny] = [
    await loopDevice(t, 40 * MIB),
    await loopDevice(t, image.length + 7 * MIB),
  ];
  const wide = await loopDevice(t, 40 * MIB, { sectorSize: 4096 });
  if (stick === undefined || tiny === undefined || wide === undefined) {
    await t.throwsAsync(planFlash(iso, ['/dev/null'], true), { code: 'usage.drive' });
    return;
  }
  await t.throwsAsync(planFlash(iso, [tiny, wide], true), {
    code: 'usage.drive',
    message: /left behind the image.*\n.*sectors of 4096 bytes/,
  });
  t.is((await planFlash(iso, [tiny], false)).drives.length, 1);

  const terminal = fakeTerminal();
  const confirm = `--confirm=${stick.replace('/dev/', '')}`;
  const flags = ['flash', iso, stick, '--persist', confirm];
  t.is(await main(flags, { terminal, services: fakeServices() }), 0, terminal.stderr.text);
  t.regex(terminal.stderr.text, /keeps changes: the system that starts from it has 3\d\.\d MiB/);
  const { partitions } = await tableOf(stick);
  const [[, size], [start, sectors]] = partitions;
  t.is(size, image.length / SECTOR);
  t.is((start + sectors) * SECTOR, 40 * MIB);
  const found = await readFile(stick);
  t.regex(found.toString('latin1', start * SECTOR, start * SECTOR + 4096), /^snapdisc store 1\n/);
  // A stick with a store is a disc to copy, but its table is not the disc's alone.
  await t.throwsAsync(planFlash(stick, [tiny], true), { code: 'image.partitions' });
});
