import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { type Ext2Plan, planExt2 } from '../../src/ext2/index.js';
import { planIso } from '../../src/iso9660/index.js';
import { run } from '../../src/process.js';
import { type DiscMap, mapDisc } from '../../src/profile/disc-map.js';
import type { Owner } from '../../src/profile/owner.js';
import { type Directory, type RegularFile, walk } from '../../src/rootfs/tree.js';
import { EXT2_BLOCK, GIB, ISO_BLOCK } from '../../src/units.js';
import {
  assembleOrigin,
  debugfs,
  OPTIONS,
  temporaryDirectory,
  writeStored,
} from '../ext2/helpers.js';
import { randomPlacement, randomTree } from '../ext2/random-trees.js';
import { attributes, directory as rootDirectory, tortureTree } from '../fixtures/torture-tree.js';
import { CREATED, directory, file, wholeImage } from '../iso9660/helpers/images.js';
import { debugfsOwners } from './debugfs-owners.js';

const SECTORS = EXT2_BLOCK / ISO_BLOCK;

/** A disc with `rootImage` on it, in memory, and where that lies. */
async function discWith(rootImage: Uint8Array) {
  const image = file(rootImage);
  const live = directory({
    'root.img': image,
    vmlinuz: file(Buffer.alloc(70_000, 1)),
    checksums: file('sums\n'),
    // Names so long that Rock Ridge needs continuation areas.
    [`${'n'.repeat(254)}1`]: file('1'),
    [`${'n'.repeat(254)}2`]: file('2'),
  });
  const loader = file(Buffer.alloc(8192, 2));
  const plan = planIso(directory({ isolinux: directory({ 'isolinux.bin': loader }), live }), {
    volumeId: 'TEST',
    created: CREATED,
    boot: { images: [{ file: loader }] },
    pad: true,
  });
  const bytes = await wholeImage(plan);
  const readAt = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return { bytes, readAt, plan, rootLba: plan.extent(image).lba, live };
}

/** Files with holes, and with blocks on both sides of every boundary of the block map. */
function boundaryFiles(): Directory {
  const single = 12 + 1024;
  const double = single + 1024 ** 2;
  const sparse = (...blocks: readonly number[]): RegularFile => {
    const runs = blocks.map((block) => ({ offset: block * EXT2_BLOCK, length: EXT2_BLOCK }));
    return { ...attributes(), kind: 'file', size: ((blocks.at(-1) ?? 0) + 1) * EXT2_BLOCK, runs };
  };
  return rootDirectory({
    direct: sparse(3, 11),
    single: sparse(0, 11, 12, 13, single - 1),
    double: sparse(single - 1, single, single + 1023, single + 1024, double - 1),
    triple: sparse(double - 1, double, double + 1024 ** 2 - 1, double + 1024 ** 2),
    all: sparse(...Array.from({ length: 1100 }, (_, block) => block), double + 5000),
  });
}

/** An owner in the words of `debugfsOwners`. */
function inWords(owner: Owner, block: number, numbers: ReadonlyMap<string, number>): string {
  switch (owner.kind) {
    case 'data':
    case 'directory':
    case 'symlink':
      return `block ${owner.block + block} of ${numbers.get(owner.path)}`;
    case 'indirect':
      return `indirect ${owner.level} of ${numbers.get(owner.path)} from ${owner.block}`;
    case 'xattr':
      return `xattr of ${numbers.get(owner.path)}`;
    case 'inode-table':
      return `inodes from ${owner.first + block * 16}`;
    case 'superblock':
    case 'group-descriptors':
    case 'block-bitmap':
    case 'inode-bitmap':
      return `${owner.kind} ${owner.group}`;
    default:
      return owner.kind;
  }
}

/** Compares the map of a disc that has a plan's image with what debugfs says of each block. */
async function checkAgainstDebugfs(t: ExecutionContext, plan: Ext2Plan, root: Directory) {
  const folder = await temporaryDirectory(t);
  const [stored, origin] = [join(folder, 'root.img'), join(folder, 'origin.img')];
  await writeStored(plan, root, stored);
  await assembleOrigin(plan, stored, origin);
  const { readAt, rootLba } = await discWith(await readFile(stored));
  const map = await mapDisc(readAt);
  t.is(map.rootStart, rootLba * ISO_BLOCK);
  const numbers = new Map([...map.inodePaths].map(([number, path]) => [path, number]));
  const expected = await debugfsOwners(origin, map.inodePaths.keys());
  const seen = new Set<number>();
  for (const segment of plan.originSegments) {
    if (segment.kind !== 'stored') continue;
    for (let index = 0; index < segment.count; index++) {
      const fsBlock: number = segment.start + index;
      const sector = rootLba + (segment.at + index) * SECTORS;
      const [...owned] = map.sectors.between(sector, SECTORS);
      // Both halves of a block have one owner.
      t.is(owned.length, 1);
      const [{ owner, skip } = { owner: { kind: 'free' as const }, skip: 0 }] = owned;
      const words = inWords(owner, Math.floor(skip / SECTORS), numbers);
      const said = expected.get(fsBlock) ?? 'free';
      // Of those who share xattrs, any may be named.
      const [shared, ...sharers] = said.startsWith('xattr') ? said.split(/ (?=\d)/) : [];
      const agreed = sharers.map((number) => `${shared} ${number}`).find((each) => each === words);
      t.is(words, agreed ?? said, `block ${fsBlock}`);
      seen.add(fsBlock);
    }
  }
  // What was not looked at are the groups of headroom.
  for (const [block, words] of expected) {
    if (!seen.has(block)) t.regex(words, /^(superblock|group-desc|block-b|inode-b|inodes)/, words);
  }
  const templates = rootLba + plan.imageBlocks * SECTORS;
  for (const { owner } of map.sectors.between(
    templates,
    (plan.storedBlocks - plan.imageBlocks) * SECTORS,
  ))
    t.is(owner.kind, 'templates');
  return { map, origin, rootLba };
}

/** The first names of a tree's inodes, in the order of `walk`. */
function firstNames(root: Directory): string[] {
  const seen = new Set<unknown>();
  const names: string[] = [];
  for (const { path, inode } of walk(root)) {
    if (!seen.has(inode)) names.push(path);
    seen.add(inode);
  }
  return names;
}

for (const headroomBytes of [0, GIB]) {
  test(`every block of a torture tree is what debugfs says, headroom ${headroomBytes}`, async (t) => {
    const { root, hardLinks } = tortureTree();
    root.entries.set('boundaries', boundaryFiles());
    const plan = planExt2(root, { ...OPTIONS, headroomBytes });
    const { map, origin } = await checkAgainstDebugfs(t, plan, root);
    t.deepEqual([...map.inodePaths.values()], firstNames(root));
    // The kinds that this tree is there for.
    const kinds = new Set(map.sectors.runs.map(({ owner }) => owner.kind));
    for (const kind of ['data', 'directory', 'symlink', 'indirect', 'xattr'] as const) {
      t.true(kinds.has(kind), kind);
    }
    t.is(kinds.has('templates'), headroomBytes > 0);
    // Names as debugfs knows them, where it can print them on a line; it gives up on deep ones.
    const plain = [...map.inodePaths].filter(([, path]) => /^[\w.-]+(\/[\w.-]+){0,20}$/.test(path));
    const said = await debugfs(origin, `ncheck ${plain.map(([number]) => number).join(' ')}`);
    const pairs = new Set(said.split('\n').map((line) => line.replace(/\t+\/*/, ' ')));
    for (const [number, path] of plain) t.true(pairs.has(`${number} ${path}`), path);
    t.is([...map.inodePaths.values()].filter((path) => hardLinks.includes(path)).length, 1);
  });
}

test('so are those of random trees in random order', async (t) => {
  const cases = randomTree.chain((root) =>
    fc.tuple(
      fc.constant(root),
      randomPlacement(root),
      randomPlacement(root),
      fc.constantFrom(0, 2 ** 28),
    ),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([root, hot, placement, headroomBytes]) => {
      const plan = planExt2(root, { ...OPTIONS, hot, placement, headroomBytes });
      const { map, rootLba } = await checkAgainstDebugfs(t, plan, root);
      // What is read in one go before the rest has no file's data in it.
      t.true(plan.hotMetadataBlocks <= plan.hotBlocks);
      const first = kindsAt(map, rootLba, plan.hotMetadataBlocks * SECTORS);
      t.false(first.includes('data'));
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test('an image that mke2fs made is understood too', async (t) => {
  const folder = await temporaryDirectory(t);
  const image = join(folder, 'root.img');
  await writeFile(image, '');
  await truncate(image, 9 * 1024 * 1024);
  const features = 'none,filetype,sparse_super,large_file,ext_attr';
  await run({ program: 'mke2fs', purpose: 'makes an image', debianPackage: 'e2fsprogs' }, [
    ...['-q', '-t', 'ext2', '-b', '4096', '-I', '256', '-g', '512', '-O', features],
    ...['-d', join(import.meta.dirname, '../../src'), image],
  ]);
  const { readAt, rootLba } = await discWith(await readFile(image));
  const map = await mapDisc(readAt);
  const numbers = new Map([...map.inodePaths].map(([number, path]) => [path, number]));
  const expected = await debugfsOwners(image, map.inodePaths.keys());
  t.true(numbers.has('profile/disc-map.ts'));
  for (let block = 0; block < 2304; block++) {
    const [run] = map.sectors.between(rootLba + block * SECTORS, 1);
    const words = inWords(run?.owner ?? { kind: 'free' }, (run?.skip ?? 0) / SECTORS, numbers);
    t.is(words, expected.get(block) ?? 'free', `block ${block}`);
  }
});

/** The owners' kinds at these sectors. */
function kindsAt(map: DiscMap, start: number, count: number) {
  return [...new Set([...map.sectors.between(start, count)].map(({ owner }) => owner.kind))];
}

test('the disc itself: structures, boot files, checksums, padding', async (t) => {
  const { root } = tortureTree();
  const folder = await temporaryDirectory(t);
  const plan = planExt2(root, OPTIONS);
  await writeStored(plan, root, join(folder, 'root.img'));
  const { bytes, readAt, plan: iso } = await discWith(await readFile(join(folder, 'root.img')));
  const path = join(folder, 'live.iso');
  await writeFile(path, bytes);
  const map = await mapDisc(readAt);
  t.deepEqual(kindsAt(map, 0, 16), ['system-area']);
  t.deepEqual(kindsAt(map, 16, 3), ['descriptors']);
  t.is(map.sectors.runs.at(-1)?.owner.kind, 'free');
  for (const { owner, start, count } of map.sectors.runs) {
    const sectors = bytes.subarray(start * ISO_BLOCK, (start + count) * ISO_BLOCK);
    if (owner.kind === 'free')
      t.true(
        sectors.every((byte) => byte === 0),
        `sector ${start}`,
      );
  }
  t.is(
    map.sectors.runs.reduce((sum, { count }) => sum + count, 0),
    iso.totalBlocks,
  );

  const xorriso = { program: 'xorriso', purpose: 'judges the map', debianPackage: 'xorriso' };
  const report = await run(xorriso, [
    ...['-indev', path, '-find', '/', '-type', 'f', '-exec', 'report_lba', '--'],
  ]);
  const lines = [
    ...report.toString().matchAll(/^File data lba: +0 , +(\d+) , +(\d+) , +\d+ , '\/(.*)'$/gm),
  ];
  t.true(lines.length >= 4);
  for (const [, lba, count, name] of lines) {
    const [...runs] = map.sectors.between(Number(lba), Number(count));
    if (name === 'live/root.img') continue;
    t.is(runs.length, 1, name);
    const owner =
      name === 'live/checksums'
        ? { kind: 'checksums' }
        : { kind: 'disc-file', path: name, block: 0 };
    t.like(runs[0], { start: Number(lba), count: Number(count), skip: 0, owner });
  }
  const torito = await run(xorriso, ['-indev', path, '-report_el_torito', 'plain']);
  const catalog = Number(/catalog +: +(\d+)/.exec(torito.toString())?.[1]);
  t.deepEqual(kindsAt(map, catalog, 1), ['boot-catalog']);
  const isoinfo = { program: 'isoinfo', purpose: 'judges the map', debianPackage: 'genisoimage' };
  const said = (await run(isoinfo, ['-debug', '-d', '-i', path])).toString();
  const tables = [...said.matchAll(/^[LM] Path table start: +(\d+)$/gm)];
  t.is(tables.length, 2);
  for (const [, table] of tables) t.deepEqual(kindsAt(map, Number(table), 1), ['path-table']);
  const listing = (await run(isoinfo, ['-l', '-i', path])).toString();
  const [, live] = /\[ +(\d+) 02\] +LIVE/.exec(listing) ?? [];
  const [found] = map.sectors.between(Number(live), 1);
  t.deepEqual(found?.owner, { kind: 'iso-directory', path: 'live' });
});

test('a disc without a root image has a map too', async (t) => {
  const disc = await discWith(Buffer.from('no ext2'));
  await t.throwsAsync(mapDisc(disc.readAt), { code: 'image.ext2' });
  const plan = planIso(directory({ file: file('x') }), { volumeId: 'TEST', created: CREATED });
  const bytes = await wholeImage(plan);
  const map = await mapDisc(async (offset, length) => bytes.subarray(offset, offset + length));
  t.true(map.sectors.runs.some(({ owner }) => owner.kind === 'disc-file' && owner.path === 'file'));
  t.is(map.inodePaths.size, 0);
  t.is(map.rootStart, 0);
});

test('damaged discs give a map or image.*, never anything else', async (t) => {
  const { root } = tortureTree();
  const folder = await temporaryDirectory(t);
  await writeStored(planExt2(root, { ...OPTIONS, headroomBytes: GIB }), root, join(folder, 'i'));
  const disc = await discWith(await readFile(join(folder, 'i')));
  const start = disc.rootLba * ISO_BLOCK;
  const end = start + 120 * EXT2_BLOCK;
  const place = fc.oneof(
    fc.integer({ min: 0, max: 60 * ISO_BLOCK }),
    fc.integer({ min: start, max: end }),
    fc.integer({ min: start + 1024, max: start + 1024 + 256 }),
    fc.integer({ min: start + EXT2_BLOCK, max: start + EXT2_BLOCK + 64 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 12 }),
      async (damage) => {
        const bytes = Buffer.from(disc.bytes);
        for (const [at, value] of damage) bytes[at] = value;
        try {
          const { sectors } = await mapDisc(async (offset, length) =>
            bytes.subarray(offset, offset + length),
          );
          let next = 0;
          for (const { start, count } of sectors.runs) {
            t.is(start, next);
            t.true(count > 0);
            next = start + count;
          }
        } catch (error) {
          t.true(error instanceof SnapdiscError && error.code.startsWith('image.'), String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});
