import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { planIso, type ReadLimits, readIso } from '../../src/iso9660/index.js';
import { CREATED, directory, file, readFrom, symlink, wholeImage } from './helpers/images.js';

const OPTIONS = { volumeId: 'HOSTILE', created: CREATED };

async function sampleImage(): Promise<Buffer> {
  const loader = file(Buffer.alloc(2048, 'l'));
  const root = directory({
    loader,
    sub: directory({
      deeper: directory({ leaf: file('leaf') }),
      [`n${'x'.repeat(250)}`]: file('n'),
    }),
    link: symlink('component/'.repeat(100)),
    fifo: { ...file(''), kind: 'fifo' },
  });
  const boot = { images: [{ file: loader }], catalogPath: 'boot.cat' };
  return wholeImage(planIso(root, { ...OPTIONS, boot, pad: false }));
}

async function refusal(
  t: ExecutionContext,
  image: Uint8Array,
  limits: ReadLimits = {},
): Promise<string> {
  const error = await t.throwsAsync(readIso(readFrom(image), limits), {
    instanceOf: SnapdiscError,
  });
  return `${error?.code} ${error?.message}`;
}

/** Where `text` stands in the image, which must be only once. */
function positionOf(image: Buffer, text: string): number {
  const position = image.indexOf(text, 0, 'latin1');
  if (position < 0 || image.indexOf(text, position + 1, 'latin1') >= 0) throw new Error(text);
  return position;
}

/** The start of the directory record with this identifier. */
function recordOf(image: Buffer, identifier: string): number {
  return positionOf(image, `${String.fromCharCode(identifier.length)}${identifier}`) - 32;
}

test('what is no ISO image is told at once', async (t) => {
  t.regex(await refusal(t, Buffer.alloc(0)), /^image\.not-iso /);
  t.regex(await refusal(t, Buffer.alloc(100_000, 'x')), /^image\.not-iso /);
});

test('an image cut off anywhere is truncated, damaged or no ISO', async (t) => {
  const image = await sampleImage();
  // The last blocks are file data, which reading the tree does not touch.
  for (let blocks = 0; blocks < image.length / 2048 - 6; blocks++) {
    t.regex(await refusal(t, image.subarray(0, blocks * 2048)), /^image\.(truncated|not-iso) /);
  }
});

test('a directory that leads back to its parent', async (t) => {
  const image = await sampleImage();
  const sub = recordOf(image, 'SUB');
  const deeper = recordOf(image, 'DEEPER');
  image.copy(image, deeper + 2, sub + 2, sub + 18);
  t.regex(await refusal(t, image), /^image\.loop .* is in the tree twice/);
});

test('a directory beyond the end of the volume', async (t) => {
  const image = await sampleImage();
  image.writeUInt32LE(0x7fff_ffff, recordOf(image, 'SUB') + 2);
  t.regex(await refusal(t, image), /^image\.corrupt .*A directory .* leaves the volume/);
});

test('a directory of 4 GiB', async (t) => {
  const image = await sampleImage();
  image.writeUInt32LE(0xffff_f800, recordOf(image, 'SUB') + 10);
  t.regex(await refusal(t, image), /^image\.corrupt .*A directory .* leaves the volume/);
});

test('a file beyond the end of the volume', async (t) => {
  const image = await sampleImage();
  image.writeUInt32LE(0x0fff_ffff, recordOf(image, 'LEAF.;1') + 10);
  t.regex(await refusal(t, image), /^image\.corrupt .*A file .* leaves the volume/);
});

test('a volume that says it is larger than its file', async (t) => {
  const image = await sampleImage();
  image.writeUInt32LE(0xffff_ffff, 16 * 2048 + 80);
  image.writeUInt32LE(0x7fff_ffff, recordOf(image, 'SUB') + 2);
  t.regex(await refusal(t, image), /^image\.truncated /);
});

test('a record with wrong lengths', async (t) => {
  const image = await sampleImage();
  image[recordOf(image, 'LEAF.;1') + 32] = 250;
  t.regex(await refusal(t, image), /^image\.corrupt .*wrong lengths/);
});

test('a multi-extent file without an end', async (t) => {
  const image = await sampleImage();
  image[recordOf(image, 'LEAF.;1') + 25] = 0x80;
  t.regex(await refusal(t, image), /^image\.corrupt .*last extent of 'LEAF\.;1' is missing/);
});

test('an interleaved file', async (t) => {
  const image = await sampleImage();
  image[recordOf(image, 'LEAF.;1') + 26] = 1;
  t.regex(await refusal(t, image), /^image\.unsupported .*interleaved/);
});

test('names that would leave their directory', async (t) => {
  for (const name of ['a/bc', '\0abc', '../x']) {
    const image = await sampleImage();
    image.write(name, positionOf(image, '\x09\x01\x00leaf') + 3, 'latin1');
    t.regex(await refusal(t, image), /^image\.corrupt .* is no file name/);
  }
});

test('a continuation area that leads to itself', async (t) => {
  const image = await sampleImage();
  const ce = image.indexOf('CE\x1c\x01', 'latin1');
  const pointer = image.subarray(ce, ce + 28);
  const area = pointer.readUInt32LE(4) * 2048 + pointer.readUInt32LE(12);
  pointer.copy(image, area);
  t.regex(await refusal(t, image), /^image\.corrupt .*never end/);
});

test('a continuation area that leaves its block', async (t) => {
  const image = await sampleImage();
  const ce = image.indexOf('CE\x1c\x01', 'latin1');
  image.writeUInt32LE(2047, ce + 12);
  t.regex(await refusal(t, image), /^image\.corrupt .*leaves its block/);
});

test('a boot catalog whose checksum is wrong', async (t) => {
  const image = await sampleImage();
  const catalog = image.readUInt32LE(17 * 2048 + 71);
  image[catalog * 2048 + 4] = 1;
  t.regex(await refusal(t, image), /^image\.corrupt .*boot catalog/);
});

test('blocks of another size', async (t) => {
  const image = await sampleImage();
  image.writeUInt16LE(512, 16 * 2048 + 128);
  t.regex(await refusal(t, image), /^image\.unsupported .*512 bytes, not 2048/);
});

test('descriptors that never end', async (t) => {
  const image = Buffer.alloc(100 * 2048);
  for (let block = 16; block < 100; block++) image.write('\x02CD001\x01', block * 2048, 'latin1');
  t.regex(await refusal(t, image), /^image\.corrupt .*do not end/);
});

test('more entries and names than the caller allows', async (t) => {
  const image = await sampleImage();
  t.regex(await refusal(t, image, { maxEntries: 5 }), /^image\.too-large /);
  t.regex(await refusal(t, image, { maxNameBytes: 500 }), /^image\.too-large /);
});

test('directories that together are larger than their entries can be', async (t) => {
  const image = await sampleImage();
  image.writeUInt32LE(1000, 16 * 2048 + 80);
  image.writeUInt32LE(14 * 2048, recordOf(image, 'SUB') + 10);
  t.regex(await refusal(t, image, { maxEntries: 12 }), /^image\.too-large /);
});

test('of two entries with one name the first counts, as in Linux', async (t) => {
  const root = directory({ leaf: file('first'), leax: file('second') });
  const image = await wholeImage(planIso(root, OPTIONS));
  image.write('leaf', positionOf(image, '\x09\x01\x00leax') + 3, 'latin1');
  const { entries } = (await readIso(readFrom(image))).root;
  t.deepEqual([...entries.keys()], ['leaf']);
  t.like(entries.get('leaf'), { size: 5 });
});

test('associated files are not shown, as in Linux', async (t) => {
  const root = directory({ leaf: file('x'), other: file('y') });
  const image = await wholeImage(planIso(root, OPTIONS));
  image[recordOf(image, 'LEAF.;1') + 25] = 0x04;
  t.deepEqual([...(await readIso(readFrom(image))).root.entries.keys()], ['other']);
});

test('bytes changed at random: a volume or an image error, never anything else', async (t) => {
  const image = await sampleImage();
  const change = fc.tuple(
    fc.integer({ min: 16 * 2048, max: image.length - 1 }),
    fc.integer({ min: 0, max: 255 }),
  );
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 20 }), async (changes) => {
      const damaged = Buffer.from(image);
      for (const [position, value] of changes) damaged[position] = value;
      try {
        const volume = await readIso(readFrom(damaged));
        t.is(volume.root.kind, 'directory');
      } catch (error) {
        t.true(error instanceof SnapdiscError && error.code.startsWith('image.'), String(error));
        refused++;
      }
    }),
    { numRuns: 1500 },
  );
  t.true(refused > 10);
});

test('bytes changed in directories and continuation areas only', async (t) => {
  const image = await sampleImage();
  const start = 19 * 2048;
  const change = fc.tuple(
    fc.integer({ min: 0, max: 8 * 2048 }).map((offset) => start + offset),
    fc.oneof(fc.constantFrom(0, 1, 2, 4, 8, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const damaged = Buffer.from(image);
      // Only bytes that say something: zeros are mostly filling.
      for (const [position, value] of changes) {
        if (damaged[position] !== 0) damaged[position] = value;
      }
      const outcome = await readIso(readFrom(damaged)).catch((error: unknown) => error);
      const isFine =
        !(outcome instanceof Error) ||
        (outcome instanceof SnapdiscError && outcome.code.startsWith('image.'));
      t.true(isFine, String(outcome));
    }),
    { numRuns: 1500 },
  );
});
