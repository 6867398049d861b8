import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import { planIso, readFileData, readIso, type VolumeNode } from '../../src/iso9660/index.js';
import { asExtracted, factsOfDisk, factsOfVolume } from './helpers/facts.js';
import {
  CREATED,
  directory,
  file,
  readFrom,
  temporaryDirectory,
  wholeImage,
} from './helpers/images.js';
import { genisoimage, xorrisofs } from './helpers/judges.js';

/** A directory on disk with what other writers find hard. */
async function sampleDirectory(top: string): Promise<void> {
  const deep = join(top, ...Array.from({ length: 12 }, (_, index) => `level${index}`));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'bottom'), 'the deepest');
  await writeFile(join(top, 'Mixed.Case-and_long.name'), 'x'.repeat(5000));
  await writeFile(join(top, 'n'.repeat(240)), 'long');
  await writeFile(join(top, 'empty'), '');
  await symlink('../some/where', join(top, 'link'));
  // Not longer: on a target of several continuation areas genisoimage runs for ever.
  await symlink(`/${'component/'.repeat(20)}end`, join(top, 'longlink'));
}

for (const [tool, make] of [
  ['xorriso', (...args: string[]) => xorrisofs('-R', ...args)],
  [
    'genisoimage, which relocates deep directories,',
    (...args: string[]) => genisoimage('-R', ...args),
  ],
] as const) {
  test(`an image made by ${tool} reads as the directory it was made of`, async (t) => {
    const scratch = await temporaryDirectory(t);
    const source = join(scratch, 'source');
    await sampleDirectory(source);
    const path = join(scratch, 'other.iso');
    await make('-V', 'OTHER', '-o', path, source);
    const image = await readFile(path);
    const volume = await readIso(readFrom(image));
    t.is(volume.volumeId, 'OTHER');
    t.true(volume.hasRockRidge);
    const facts = asExtracted(factsOfVolume(volume.root, image));
    facts.delete('/rr_moved');
    t.deepEqual(facts, asExtracted(await factsOfDisk(source)));
  });
}

test('an image without Rock Ridge shows its plain names', async (t) => {
  const scratch = await temporaryDirectory(t);
  await mkdir(join(scratch, 'source', 'sub.dir'), { recursive: true });
  await writeFile(join(scratch, 'source', 'Readme.txt'), 'hello');
  await writeFile(join(scratch, 'source', 'noext'), 'hello');
  await genisoimage('-o', join(scratch, 'plain.iso'), join(scratch, 'source'));
  const image = await readFile(join(scratch, 'plain.iso'));
  const volume = await readIso(readFrom(image));
  t.false(volume.hasRockRidge);
  t.deepEqual([...volume.root.entries.keys()].sort(), ['NOEXT', 'README.TXT', 'SUB.DIR']);
  t.like(volume.root.entries.get('README.TXT'), { kind: 'file', mode: 0o555, uid: 0, size: 5 });
});

test('identifiers, dates and boot facts of a volume of ours', async (t) => {
  const loader = file(Buffer.alloc(4096, 'l'));
  const plan = planIso(directory({ loader }), {
    volumeId: 'OURS',
    systemId: 'LINUX',
    applicationId: 'the tests',
    created: CREATED,
    boot: { images: [{ file: loader, infoTable: true }] },
    hybrid: { mbrTemplate: Buffer.alloc(432, 0x90), diskId: 42 },
  });
  const volume = await readIso(readFrom(await wholeImage(plan)));
  t.like(volume, {
    volumeId: 'OURS',
    systemId: 'LINUX',
    volumeSetId: '',
    applicationId: 'the tests',
    created: CREATED,
    modified: CREATED,
    totalBlocks: plan.totalBlocks,
    hasRockRidge: true,
  });
  const { lba } = plan.extent(loader);
  t.deepEqual(volume.boot?.entries, [
    { platform: 0, isBootable: true, emulation: 0, loadSegment: 0, loadSectors: 4, lba },
  ]);
  t.like(volume.mbr, { diskId: 42, loadsBootImage: true });
  t.is(volume.mbr?.partitions[0]?.sectors, plan.totalBlocks * 4);
});

test('a volume without MBR and boot catalog has none', async (t) => {
  const plan = planIso(directory(), { volumeId: 'DATA', created: CREATED });
  const volume = await readIso(readFrom(await wholeImage(plan)));
  t.is(volume.mbr, undefined);
  t.is(volume.boot, undefined);
});

test('the data of a file come back, and their absence is an error', async (t) => {
  const content = Buffer.alloc(600_000, 'some data');
  const image = await wholeImage(
    planIso(directory({ data: file(content) }), { volumeId: 'DATA', created: CREATED }),
  );
  const found: VolumeNode | undefined = (await readIso(readFrom(image))).root.entries.get('data');
  if (found?.kind !== 'file') return t.fail('data is no file');
  const collect = async (bytes: Uint8Array) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of readFileData(readFrom(bytes), found)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  t.true((await collect(image)).equals(content));
  const error = await t.throwsAsync(collect(image.subarray(0, 500_000)), {
    instanceOf: SnapdiscError,
  });
  t.is(error?.code, 'image.truncated');
});
