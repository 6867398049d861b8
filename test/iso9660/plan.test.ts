import test from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import {
  type IsoFile,
  type IsoOptions,
  isoBytes,
  planIso,
  readIso,
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
