import { open } from 'node:fs/promises';
import test from 'ava';
import { type IsoFile, planIso, readFileData, readIso } from '../../src/iso9660/index.js';
import { GIB } from '../../src/units.js';
import { ATTRIBUTES, CREATED, directory, readFromFile, writeImage } from './helpers/images.js';
import { isoinfo, xorriso } from './helpers/judges.js';

/** The images of these tests are sparse: they are written with holes and take next to no space. */

test('a file of more than 8 GiB is three extents that read as one', async (t) => {
  const size = 8 * GIB + 12_345;
  const big: IsoFile = { ...ATTRIBUTES, kind: 'file', size };
  const after: IsoFile = { ...ATTRIBUTES, kind: 'file', size: 5, content: Buffer.from('after') };
  const root = directory({ 'big.img': big, zz: after });
  const plan = planIso(root, { volumeId: 'LARGE', created: CREATED });
  const marks = [0, 2 ** 32 - 2048 - 4, 2 ** 32 - 2048, 2 * 2 ** 32, size - 8];
  const image = await writeImage(t, plan);
  const start = plan.extent(big).lba * 2048;
  const handle = await open(image, 'r+');
  for (const mark of marks) await handle.write(`@${mark}`.padEnd(4).slice(0, 8), start + mark);
  await handle.close();

  const report = await xorriso('-indev', image, '-find', '/big.img', '-exec', 'report_lba');
  const sections = [...report.matchAll(/^File data lba: +(\d) , +(\d+) , +(\d+) , +(\d+)/gm)];
  t.deepEqual(
    sections.map(([, index, , blocks]) => [Number(index), Number(blocks)]),
    [
      [0, 2 ** 21 - 1],
      [1, 2 ** 21 - 1],
      [2, 9],
    ],
  );
  t.regex(await xorriso('-indev', image, '-lsl', '/'), new RegExp(` ${size} .*'big.img'`));
  t.regex(await isoinfo('-f', '-R', '-i', image), /^\/big\.img$/m);

  const readAt = await readFromFile(t, image);
  const found = (await readIso(readAt)).root.entries.get('big.img');
  if (found?.kind !== 'file') return t.fail('big.img is no file');
  t.is(found.size, size);
  t.is(found.extents.length, 3);
  const ends = { ...found, extents: found.extents.slice(2) };
  const pieces: Uint8Array[] = [];
  for await (const piece of readFileData(readAt, ends)) pieces.push(piece);
  const tail = Buffer.concat(pieces);
  t.is(tail.length, size - 2 * (2 ** 32 - 2048));
  t.is(tail.toString('latin1', tail.length - 8), `@${size - 8}`.slice(0, 8));
});

test('a file of just 4 GiB less one block is a single extent, one byte more makes two', (t) => {
  const sizes = [2 ** 32 - 2048, 2 ** 32 - 2047];
  const [one, two] = sizes.map((size): IsoFile => ({ ...ATTRIBUTES, kind: 'file', size }));
  if (one === undefined || two === undefined) return t.fail();
  const plan = planIso(directory({ one, two }), { volumeId: 'LIMIT', created: CREATED });
  t.is(plan.extent(two).lba - plan.extent(one).lba, 2 ** 21 - 1);
  t.is(plan.totalBlocks - 150 - plan.extent(two).lba, 2 ** 21);
});
