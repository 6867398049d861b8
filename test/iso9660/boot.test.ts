import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { bootInfoChecksum, withBootInfoTable } from '../../src/iso9660/boot-info-table.js';
import {
  type IsoDirectory,
  type IsoFile,
  type IsoOptions,
  planIso,
  readIso,
} from '../../src/iso9660/index.js';
import { encodeMbr, parseMbr } from '../../src/iso9660/mbr.js';
import { MIB } from '../../src/units.js';
import {
  CREATED,
  directory,
  file,
  readFrom,
  temporaryDirectory,
  wholeImage,
  writeImage,
} from './helpers/images.js';
import {
  firstSector,
  genisoimage,
  isoinfo,
  xorriso,
  xorrisofs,
  xorrisoUpTo,
} from './helpers/judges.js';

const ISOLINUX = '/usr/lib/ISOLINUX/isolinux.bin';
const MBR_TEMPLATE = '/usr/lib/ISOLINUX/isohdpfx.bin';

interface BootDisc {
  readonly root: IsoDirectory;
  readonly loader: IsoFile;
  readonly options: IsoOptions;
}

async function bootDisc(): Promise<BootDisc> {
  const loader = file(await readFile(ISOLINUX));
  const root = directory({
    isolinux: directory({ 'isolinux.bin': loader, 'isolinux.cfg': file('default linux\n') }),
    live: directory({ 'root.img': file(Buffer.alloc(3_000_000, 'r'), { alignment: 2 }) }),
  });
  const options = {
    volumeId: 'BOOT-disc_1.0',
    created: CREATED,
    boot: { images: [{ file: loader, infoTable: true }], catalogPath: 'isolinux/boot.cat' },
    hybrid: { mbrTemplate: await readFile(MBR_TEMPLATE), diskId: 0x1234abcd },
  };
  return { root, loader, options };
}

test('xorriso sees boot image, info table, isohybrid MBR and a good medium', async (t) => {
  const { root, loader: loaderFile, options } = await bootDisc();
  const plan = planIso(root, options);
  const image = await writeImage(t, plan);
  const report = await xorriso(
    ...['-indev', image, '-report_el_torito', 'plain', '-report_system_area', 'plain'],
    ...['-check_media', '--'],
  );
  const loader = plan.extent(loaderFile).lba;
  t.regex(report, /El Torito cat path : \/isolinux\/boot\.cat/);
  t.regex(report, new RegExp(`boot img : +1 +BIOS +y +none +0x0000 +0x00 +4 +${loader}$`, 'm'));
  t.regex(report, /img path : +1 +\/isolinux\/isolinux\.bin/);
  t.regex(report, /img opts : +1 +boot-info-table isohybrid-suitable/);
  t.regex(report, /System area summary: MBR isohybrid cyl-align-on/);
  t.regex(report, new RegExp(`ISO image size/512 : ${plan.totalBlocks * 4}$`, 'm'));
  t.regex(report, new RegExp(`partition +: +1 +0x80 +0x17 +0 +${plan.totalBlocks * 4}$`, 'm'));
  t.regex(report, new RegExp(`Media region : +0 , +${plan.totalBlocks} , \\+ good`));
});

test('isoinfo sees the volume and the boot catalog', async (t) => {
  const { root, options } = await bootDisc();
  const plan = planIso(root, {
    ...options,
    systemId: 'LINUX',
    volumeSetId: 'set of one',
    publisherId: 'a publisher',
    preparerId: 'a preparer',
    applicationId: 'an application',
  });
  const report = await isoinfo('-d', '-i', await writeImage(t, plan));
  t.regex(report, /^System id: LINUX$/m);
  t.regex(report, /^Volume id: BOOT-disc_1\.0$/m);
  t.regex(report, /^Volume set id: set of one$/m);
  t.regex(report, /^Publisher id: a publisher$/m);
  t.regex(report, /^Data preparer id: a preparer$/m);
  t.regex(report, /^Application id: an application$/m);
  t.regex(report, new RegExp(`^Volume size is: ${plan.totalBlocks}$`, 'm'));
  t.regex(report, /Rock Ridge signatures version 1 found/);
  t.regex(report, /Boot media 0 \(No Emulation Boot\)/);
  t.regex(report, /Nsect 4$/m);
});

test('a catalog without a name, a boot image without a name', async (t) => {
  const { options } = await bootDisc();
  const { images } = options.boot ?? { images: [] };
  const plan = planIso(directory(), { ...options, boot: { images } });
  const image = await writeImage(t, plan);
  // xorriso warns that it cannot know how long an image without a name is.
  const report = await xorrisoUpTo('SORRY', '-indev', image, '-report_el_torito', 'plain');
  t.regex(report, /boot img : +1 +BIOS +y/);
  t.is((await xorrisoUpTo('SORRY', '-indev', image, '-find', '/')).trim(), "'/'");
});

test('a second boot image for EFI has a section of its own', async (t) => {
  const { root, loader, options } = await bootDisc();
  const esp = file(Buffer.alloc(100_000, 'e'));
  const boot = {
    images: [
      { file: loader, infoTable: true },
      { file: esp, platform: 'efi' as const },
    ],
  };
  const plan = planIso(root, { ...options, boot });
  const report = await xorriso(
    ...['-indev', await writeImage(t, plan), '-report_el_torito', 'plain'],
  );
  t.regex(report, new RegExp(`boot img : +1 +BIOS .* 4 +${plan.extent(loader).lba}$`, 'm'));
  t.regex(report, new RegExp(`boot img : +2 +UEFI .* 196 +${plan.extent(esp).lba}$`, 'm'));
  const volume = await readIso(readFrom(await wholeImage(plan)));
  t.like(volume.boot?.entries[1], { platform: 0xef, lba: plan.extent(esp).lba });
});

/** The first boot image of an image made by another tool, and what our code makes of it. */
async function comparePatched(t: ExecutionContext, image: string, loader: Buffer): Promise<void> {
  const bytes = await readFile(image);
  const lba = (await readIso(readFrom(bytes))).boot?.entries[0]?.lba ?? 0;
  t.true(lba > 16);
  const theirs = bytes.subarray(lba * 2048, lba * 2048 + loader.length);
  t.true(withBootInfoTable(loader, lba).equals(theirs));
}

for (const cut of [0, 1, 2, 3]) {
  test(`the boot info table is what xorriso and genisoimage write, ${cut} bytes cut off`, async (t) => {
    const loader = (await readFile(ISOLINUX)).subarray(0, 38_912 - cut);
    const scratch = await temporaryDirectory(t);
    const image = join(scratch, 'other.iso');
    await writeFile(join(scratch, 'loader.bin'), loader);
    const flags = ['-b', 'loader.bin', '-c', 'boot.cat', '-no-emul-boot'];
    const more = ['-boot-load-size', '4', '-boot-info-table', '-m', 'other.iso', '-o', image];
    await genisoimage(...flags, ...more, scratch);
    await comparePatched(t, image, loader);
    await xorrisofs(...flags, ...more, scratch);
    await comparePatched(t, image, loader);
  });
}

test('the checksum is the sum of words, the last one filled with zeros', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 400 }), (image) => {
      const filled = Buffer.alloc(Math.ceil(image.length / 4) * 4);
      filled.set(image);
      let sum = 0;
      for (let offset = 64; offset < filled.length; offset += 4) {
        sum = (sum + filled.readUInt32LE(offset)) % 2 ** 32;
      }
      t.is(bootInfoChecksum(image), sum);
    }),
  );
});

for (const mebibytes of [1, 100, 1024]) {
  test(`the MBR is what xorriso makes, for an image of ${mebibytes} MiB`, async (t) => {
    const scratch = await temporaryDirectory(t);
    await writeFile(join(scratch, 'isolinux.bin'), await readFile(ISOLINUX));
    await writeFile(join(scratch, 'zeros'), '');
    await truncate(join(scratch, 'zeros'), (mebibytes - 1) * MIB + 4096);
    const theirs = await firstSector(
      ...['-b', 'isolinux.bin', '-c', 'boot.cat', '-no-emul-boot', '-boot-load-size', '4'],
      ...['-boot-info-table', '-isohybrid-mbr', MBR_TEMPLATE, '-o', '-', scratch],
    );
    const facts = parseMbr(theirs);
    const ours = encodeMbr({
      template: await readFile(MBR_TEMPLATE),
      diskId: facts?.diskId ?? 0,
      loader: Number(facts?.loaderSector) / 4,
      totalBlocks: (facts?.partitions[0]?.sectors ?? 0) / 4,
    });
    t.is(ours.toString('hex'), theirs.toString('hex'));
    t.is(facts?.partitions[0]?.sectors, mebibytes * 2048);
  });
}

test('past 1 GiB the last cylinder is the last there is, as isohybrid writes it', (t) => {
  const template = Buffer.alloc(432);
  const mbr = encodeMbr({ template, diskId: 1, loader: 50, totalBlocks: 2000 * 512 });
  t.is(mbr.toString('hex', 446, 462), '80000100173fe0ff0000000000803e00');
});

test('a hybrid image is whole mebibytes, unpadded too', async (t) => {
  const { root, options } = await bootDisc();
  t.is(planIso(root, options).totalBlocks % 512, 0);
  t.is(planIso(root, { ...options, pad: false }).totalBlocks % 512, 0);
});
