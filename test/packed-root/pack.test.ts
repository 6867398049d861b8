import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { silentReporter } from '../../src/build/report.js';
import type { PackedCompression } from '../../src/packed-root/compression.js';
import { mostPackedBytes } from '../../src/packed-root/compression.js';
import { packImage } from '../../src/packed-root/pack.js';
import { unpackImage } from '../../src/packed-root/unpack.js';
import { run, type Tool } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';

const judge = (program: string, debianPackage: string): Tool => ({
  program,
  purpose: 'judges what was packed',
  debianPackage,
});
const CONTEXT = { reporter: silentReporter, signal: undefined };
const UUID = '00112233-4455-8677-8899-aabbccddeeff';
const CREATED = 1_000_000_000;
const SQUASHFS = ['zstd', 'xz', 'gzip', 'lz4'].map(
  (algorithm): PackedCompression => ({ format: 'squashfs', algorithm, blockBytes: 131_072 }),
);
const EROFS: PackedCompression = { format: 'erofs', algorithm: 'lz4hc', blockBytes: 65_536 };
const ALL = [...SQUASHFS, EROFS];

/** Noise, zeros, text, and an end within a block. */
const IMAGE = Buffer.concat([
  randomBytes(300_000),
  Buffer.alloc(500_000),
  Buffer.from('compresses well '.repeat(30_000)),
  randomBytes(4096),
]);

async function pack(
  t: ExecutionContext,
  compression: PackedCompression,
  image = IMAGE,
  mode = 0o600,
) {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'tree'), { mode: 0o700 });
  const path = join(folder, 'tree/root.img');
  await writeFile(path, image);
  await chmod(path, mode);
  const packed = join(folder, 'packed');
  await packImage(path, packed, compression, { created: CREATED, uuid: UUID }, CONTEXT);
  return { folder, packed };
}

for (const compression of ALL) {
  const { format, algorithm } = compression;
  test(`${format} with ${algorithm}: unpacked, the image is what it was, wherever it lies`, async (t) => {
    const { folder, packed } = await pack(t, compression);
    const bytes = await readFile(packed);
    t.true(bytes.length < IMAGE.length / 2, `${bytes.length}`);
    const disc = join(folder, 'disc');
    const offset = 6144;
    await writeFile(disc, Buffer.concat([randomBytes(offset), bytes, randomBytes(5000)]));
    const read = async function* () {
      yield bytes;
    };
    const unpacked = await unpackImage({ format, disc, offset, read }, CONTEXT);
    t.true((await readFile(unpacked.path)).equals(IMAGE));
    await unpacked.remove();
    await t.throwsAsync(readFile(unpacked.path), { code: 'ENOENT' });
    t.deepEqual((await readdir(folder)).sort(), ['disc', 'packed', 'tree']);
  });

  test(`${format} with ${algorithm}: equal images make equal bytes, whoever packs`, async (t) => {
    const first = await pack(t, compression);
    const second = await pack(t, compression, IMAGE, 0o640);
    t.true((await readFile(first.packed)).equals(await readFile(second.packed)));
  });

  test(`${format} with ${algorithm}: noise takes no more than was planned`, async (t) => {
    const noise = randomBytes(2_000_000);
    const { packed } = await pack(t, compression, noise);
    const { length } = await readFile(packed);
    t.true(length <= mostPackedBytes(noise.length), `${length}`);
  });
}

test('a squashfs is what was asked for, and has one file', async (t) => {
  for (const compression of SQUASHFS) {
    const { packed } = await pack(t, compression);
    const unsquashfs = judge('unsquashfs', 'squashfs-tools');
    const facts = (await run(unsquashfs, ['-s', packed])).toString();
    t.regex(facts, new RegExp(`^Compression ${compression.algorithm}$`, 'm'));
    t.regex(facts, /^Block size 131072$/m);
    t.regex(facts, /2001/);
    const files = (await run(unsquashfs, ['-lln', packed])).toString().trim().split('\n');
    t.is(files.length, 2, files.join('\n'));
    t.regex(files[0] ?? '', /^drwxr-xr-x 0\/0 /);
    t.regex(files[1] ?? '', new RegExp(`^-r--r--r-- 0/0 +${IMAGE.length} .*/root\\.img$`));
  }
});

test('an erofs is in order, and has our UUID', async (t) => {
  const { packed } = await pack(t, EROFS);
  await run(judge('fsck.erofs', 'erofs-utils'), ['--extract', packed]);
  const dump = judge('dump.erofs', 'erofs-utils');
  t.regex((await run(dump, ['-s', packed])).toString(), new RegExp(UUID));
  const file = (await run(dump, ['--path=/root.img', packed])).toString();
  t.regex(file, new RegExp(`Size: ${IMAGE.length} `));
  t.regex(file, /Uid: 0 +Gid: 0 +Access: 0444/);
});

test('what is no such file system, or has no image, is told as a damaged disc', async (t) => {
  const folder = await temporaryDirectory(t);
  const disc = join(folder, 'disc');
  await writeFile(disc, randomBytes(100_000));
  const read = async function* () {
    yield await readFile(disc);
  };
  for (const format of ['squashfs', 'erofs'] as const) {
    await t.throwsAsync(unpackImage({ format, disc, offset: 2048, read }, CONTEXT), {
      code: 'image.packed-root',
    });
  }
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await run(judge('mksquashfs', 'squashfs-tools'), [empty, join(folder, 'sq'), '-quiet']);
  const packed = { format: 'squashfs' as const, disc: join(folder, 'sq'), offset: 0, read };
  await t.throwsAsync(unpackImage(packed, CONTEXT), { code: 'image.packed-root' });
});

test('an interrupted packing says so', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'tree'));
  const path = join(folder, 'tree/root.img');
  await writeFile(path, randomBytes(40_000_000));
  for (const compression of [SQUASHFS[1] ?? EROFS, EROFS]) {
    const controller = new AbortController();
    const output = join(folder, `packed-${compression.format}`);
    const context = { reporter: silentReporter, signal: controller.signal };
    const packing = packImage(path, output, compression, { created: CREATED, uuid: UUID }, context);
    setTimeout(() => controller.abort(), 100);
    await t.throwsAsync(packing, { code: 'interrupted.signal' });
  }
});
