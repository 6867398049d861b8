import test from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import {
  type IsoDirectory,
  type IsoFile,
  type IsoNode,
  type IsoOptions,
  isoBytes,
  planIso,
  readIso,
  volumeIdProblem,
} from '../../src/iso9660/index.js';
import {
  ATTRIBUTES,
  CREATED,
  directory,
  file,
  readFrom,
  symlink,
  wholeImage,
  writeImage,
} from './helpers/images.js';
import { blkid, isoinfo, xorriso } from './helpers/judges.js';

const OPTIONS: IsoOptions = { volumeId: 'PLAN', created: CREATED };

/** The error that planning throws, as code and message. */
function refusal(root: IsoDirectory, options: IsoOptions = OPTIONS): string {
  try {
    planIso(root, options);
  } catch (error) {
    if (error instanceof SnapdiscError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

test('extents lie in the order given, then in the order of the tree', (t) => {
  const [a, b, c] = [file('a'), file('b'), file('c')];
  const hidden = file('not in the tree');
  const root = directory({ a, b, c });
  const plan = planIso(root, { ...OPTIONS, order: [c, hidden] });
  t.deepEqual(
    plan.files.map((placed) => placed.file),
    [c, hidden, a, b],
  );
  const lbas = plan.files.map(({ lba }) => lba);
  t.deepEqual(
    lbas,
    lbas.toSorted((x, y) => x - y),
  );
  t.deepEqual(plan.extent(hidden), { lba: lbas[1] ?? 0, size: 15 });
});

test('extents are aligned as asked', (t) => {
  const files = Array.from({ length: 9 }, (_, index) =>
    file('x'.repeat(index * 1000 + 1), { alignment: [1, 2, 512][index % 3] ?? 1 }),
  );
  const root = directory(Object.fromEntries(files.map((node, index) => [`f${index}`, node])));
  const plan = planIso(root, OPTIONS);
  for (const node of files) t.is(plan.extent(node).lba % (node.alignment ?? 1), 0);
});

test('padding is 150 blocks after the last extent, or none', (t) => {
  const last = file('x'.repeat(5000));
  const root = directory({ last });
  const end = planIso(root, OPTIONS).extent(last).lba + 3;
  t.is(planIso(root, OPTIONS).totalBlocks, end + 150);
  t.is(planIso(root, { ...OPTIONS, pad: false }).totalBlocks, end);
});

test('a file under several names has one extent and counts its links', async (t) => {
  const shared = file('shared');
  const root = directory({ a: shared, sub: directory({ b: shared }) });
  const bytes = await wholeImage(planIso(root, OPTIONS));
  const volume = await readIso(readFrom(bytes));
  const sub = volume.root.entries.get('sub');
  const a = volume.root.entries.get('a');
  t.like(a, { size: 6 });
  t.deepEqual(sub?.kind === 'directory' ? sub.entries.get('b') : undefined, a);
});

test('link counts, as isoinfo lists them', async (t) => {
  const shared = file('shared');
  const sub = directory({ one: directory(), two: directory(), shared });
  const root = directory({ sub, shared });
  const listing = await isoinfo('-l', '-R', '-i', await writeImage(t, planIso(root, OPTIONS)));
  t.regex(listing, /^-rw-r--r-- +2 .* shared *$/m);
  t.regex(listing, /^drwxr-xr-x +4 .* sub *$/m);
  t.regex(listing, /^drwxr-xr-x +2 .* one *$/m);
});

test('metadata comes in ascending order and stays in the image', (t) => {
  const root = directory({ a: file('a'), d: directory({ b: file('b'.repeat(9000)) }) });
  const plan = planIso(root, OPTIONS);
  let end = 0;
  for (const { lba, data } of plan.metadata()) {
    t.true(lba >= end);
    end = lba + Math.ceil(data.length / 2048);
  }
  t.true(end <= plan.totalBlocks);
});

test('the stream is what metadata and file data at their places are', async (t) => {
  const outside: IsoFile = { ...ATTRIBUTES, kind: 'file', size: 70_001 };
  const data = Buffer.alloc(outside.size, 'data');
  const root = directory({ a: file('a'), outside, z: file('z') });
  const plan = planIso(root, OPTIONS);
  const placed = Buffer.alloc(plan.totalBlocks * 2048);
  for (const piece of plan.metadata()) placed.set(piece.data, piece.lba * 2048);
  placed.set(data, plan.extent(outside).lba * 2048);
  const pieces: Uint8Array[] = [];
  const read = async function* (asked: IsoFile) {
    t.is(asked, outside);
    yield data.subarray(0, 50_000);
    yield data.subarray(50_000);
  };
  for await (const piece of isoBytes(plan, read)) pieces.push(piece);
  t.true(Buffer.concat(pieces).equals(placed));
});

for (const [what, given] of [
  ['less', 99],
  ['more', 101],
] as const) {
  test(`a file that gives ${what} than its size is an error`, async (t) => {
    const outside: IsoFile = { ...ATTRIBUTES, kind: 'file', size: 100 };
    const plan = planIso(directory({ outside }), OPTIONS);
    const read = async function* () {
      yield Buffer.alloc(given);
    };
    const drain = async () => {
      for await (const piece of isoBytes(plan, read)) t.true(piece.length > 0);
    };
    const error = await t.throwsAsync(drain, { instanceOf: SnapdiscError });
    t.is(error?.code, 'source.changed');
  });
}

test('rationalised owners and modes, as xorriso lists them', async (t) => {
  const root = directory({
    secret: file('x', { mode: 0o600 }),
    tool: file('x', { mode: 0o4700 }),
    link: symlink('tool'),
    private: { ...directory(), mode: 0o700 },
  });
  const image = await writeImage(t, planIso(root, { ...OPTIONS, rationalise: true }));
  const listing = await xorriso('-indev', image, '-lsl', '/');
  t.regex(listing, /^-r--r--r-- +1 0 +0 .*'secret'$/m);
  t.regex(listing, /^-r-xr-xr-x +1 0 +0 .*'tool'$/m);
  t.regex(listing, /^dr-xr-xr-x +1 0 +0 .*'private'$/m);
  t.regex(listing, /^lr-xr-xr-x +1 0 +0 .*'link' -> 'tool'$/m);
});

test('libblkid, and so udev, makes the UUID of the modification date', async (t) => {
  const modified = { seconds: Date.UTC(2024, 1, 29, 13, 14, 15) / 1000, nanoseconds: 160_000_000 };
  const plan = planIso(directory(), { ...OPTIONS, volumeId: 'My disc-1.0', modified });
  const facts = await blkid(await writeImage(t, plan));
  t.regex(facts, /^UUID=2024-02-29-13-14-15-16$/m);
  t.regex(facts, /^LABEL=My\\ disc-1\.0$/m);
  t.regex(facts, /^TYPE=iso9660$/m);
});

test('volume ids: which are allowed', (t) => {
  for (const id of ['A', 'SNAPDISC_1', 'Debian 12 live', 'a.b-c', 'x'.repeat(32)]) {
    t.is(volumeIdProblem(id), undefined, id);
  }
  for (const id of ['', ' a', 'a ', 'x'.repeat(33), 'a/b', 'ä', 'a\n', 'a"b']) {
    t.is(typeof volumeIdProblem(id), 'string', id);
  }
});

test('a bad volume id alone has a code of its own', (t) => {
  t.regex(
    refusal(directory(), { ...OPTIONS, volumeId: 'no/slash' }),
    /^usage\.label .*'no\/slash'/,
  );
});

test('all problems are reported together', (t) => {
  const message = refusal(
    directory({
      '..': file('x'),
      ['n'.repeat(256)]: file('x'),
      empty: symlink(''),
      long: symlink('x'.repeat(4096)),
      device: { ...ATTRIBUTES, kind: 'block', major: 0, minor: 256 },
      mode: file('x', { mode: 0o100644 }),
      owner: file('x', { uid: -1 }),
      size: file('x', { size: 2 }),
      huge: { ...ATTRIBUTES, kind: 'file', size: 2 ** 60 },
      aligned: file('x', { alignment: 0 }),
      sub: directory({ 'a\0': file('x'), '\u0100': file('x') }),
    }),
    { ...OPTIONS, volumeId: '', publisherId: '_x', systemId: 'x'.repeat(33) },
  );
  const expected = [
    /^usage\.iso /,
    /The volume id ''/,
    /The publisher id '_x'/,
    /The system id 'x{33}'/,
    /\/\.\.: a name must not be/,
    /\/n{256}: a name must have 1 to 255 bytes, not 256/,
    /\/empty: a symlink's target/,
    /\/long: a symlink's target/,
    /\/device: the device number 0:256/,
    /\/mode: the mode 33188/,
    /\/owner: the owner -1:100/,
    /\/size: the content has 1 bytes, but the size is 2/,
    /\/huge: the size 1152921504606847000 must be 0 to 429496524800 bytes/,
    /\/aligned: the alignment 0/,
    /\/sub\/a\\x00: a name must not/,
    /a name must be a ByteString/,
  ];
  for (const pattern of expected) t.regex(message, pattern);
});

test('many problems are counted, not all shown', (t) => {
  const names = Array.from({ length: 100 }, (_, index) => [`f${index}`, file('x', { mode: -1 })]);
  t.regex(refusal(directory(Object.fromEntries(names))), /and 80 more\.$/);
});

test('directories that contain each other, or stand in two places, are refused', (t) => {
  const entries = new Map<string, IsoNode>();
  const loop: IsoDirectory = { ...ATTRIBUTES, kind: 'directory', entries };
  entries.set('self', loop);
  t.regex(refusal(loop), /\/self: this directory is in the tree more than once/);
  const twice = directory();
  t.regex(refusal(directory({ a: twice, b: twice })), /\/b: this directory is in the tree more/);
});

test('what boot options are refused', (t) => {
  const loader = file(Buffer.alloc(2048));
  const root = directory({ loader });
  const withBoot = (boot: IsoOptions['boot'] & object, extra: Partial<IsoOptions> = {}) =>
    refusal(root, { ...OPTIONS, boot, ...extra });
  const images = [{ file: loader, infoTable: true }];
  const hybrid = { mbrTemplate: Buffer.alloc(432), diskId: 1 };
  t.is(withBoot({ images, catalogPath: 'boot.cat' }, { hybrid }), 'none');
  t.regex(withBoot({ images: [] }), /1 to 31 boot images, not 0/);
  t.regex(
    withBoot({ images: [{ file: file('tiny'), infoTable: true }] }),
    /too small for a boot info/,
  );
  t.regex(withBoot({ images: [{ file: file('') }] }), /boot image is empty/);
  t.regex(withBoot({ images: [{ file: loader, loadSectors: 0 }] }), /must be 1 to 65,535 sectors/);
  const outside: IsoFile = { ...ATTRIBUTES, kind: 'file', size: 2048 };
  t.regex(withBoot({ images: [{ file: outside, infoTable: true }] }), /without content in memory/);
  t.regex(
    withBoot({ images, catalogPath: 'none/boot.cat' }),
    /'none\/boot\.cat' is in no directory/,
  );
  t.regex(withBoot({ images, catalogPath: 'loader' }), /'loader' is already a file/);
  t.regex(refusal(root, { ...OPTIONS, hybrid }), /needs a first boot image for the BIOS/);
  const long = { hybrid: { mbrTemplate: Buffer.alloc(433), diskId: 2 ** 32 } };
  t.regex(withBoot({ images }, long), /1 to 432 bytes.*not 433/);
  t.regex(withBoot({ images }, long), /disk id must be 0 to 4,294,967,295/);
});

test('a file twice in the order, a date no descriptor holds', (t) => {
  const a = file('a');
  t.regex(refusal(directory({ a }), { ...OPTIONS, order: [a, a] }), /names 1 files more than once/);
  t.regex(
    refusal(directory(), { ...OPTIONS, created: { seconds: 1e15 } }),
    /creation date must lie/,
  );
});

test('a file that is not part of the image has no extent', (t) => {
  const plan = planIso(directory(), OPTIONS);
  t.throws(() => plan.extent(file('x')), {
    instanceOf: SnapdiscError,
    message: /neither in the tree/,
  });
});

test('more directories than a path table holds', (t) => {
  const wide = Array.from({ length: 256 }, (_, outer) => [
    `d${outer}`,
    directory(
      Object.fromEntries(Array.from({ length: 256 }, (_, inner) => [`d${inner}`, directory()])),
    ),
  ]);
  t.regex(refusal(directory(Object.fromEntries(wide))), /holds 65535 directories, not 65793/);
});
