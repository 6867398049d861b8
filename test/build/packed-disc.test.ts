import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { silentReporter } from '../../src/build/report.js';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { inspectionLines } from '../../src/cli/inspection-text.js';
import { planLines } from '../../src/cli/plan-text.js';
import { diffDiscs } from '../../src/diff/diff-discs.js';
import { openDiscImage } from '../../src/disc-image.js';
import { extract } from '../../src/extract/extract.js';
import { PACKED_FORMATS } from '../../src/packed-root/formats.js';
import { run, type Tool } from '../../src/process.js';
import { mapDisc } from '../../src/profile/disc-map.js';
import { verifyDisc } from '../../src/verify/verify.js';
import { fsck } from '../ext2/helpers.js';
import { build, noting, rootfs, TEXT } from './small-disc.js';

/** Whole builds of a small root filesystem with a compressed root.img. */

const judge = (program: string, debianPackage = program): Tool => ({
  program,
  purpose: 'judges a disc',
  debianPackage,
});
const CONTEXT = { reporter: silentReporter, signal: undefined };

test.before(() => {
  process.env.SOURCE_DATE_EPOCH = '1735689600';
});

for (const compress of PACKED_FORMATS) {
  const path = `live/root.${compress}`;

  test(`${compress}: the disc has the files of one that is not compressed, and is smaller`, async (t) => {
    const source = await rootfs(t);
    const stages: string[] = [];
    const packed = await build(t, source, { compress }, { reporter: noting(stages) });
    const plain = await build(t, source, {});
    t.like(packed.result, { output: packed.iso });
    const { size } = packed.result as { size: number };
    t.is((await readFile(packed.iso)).length, size);
    t.true(size < packed.plan.sizes.iso, 'the plan knows the most it can have');
    t.true(size < plain.plan.sizes.iso);
    t.deepEqual(
      stages.slice(-packed.plan.stages.length),
      packed.plan.stages.map(({ title }) => title),
    );
    t.deepEqual(await readdir(packed.folder), ['live.iso']);

    const { disc, root } = await diffDiscs([plain.iso, packed.iso], { times: true }, CONTEXT);
    t.deepEqual(root, []);
    t.deepEqual(
      disc.map(({ path: name }) => name).filter((name) => /root\./.test(name)),
      ['live/root.img', path, 'live/root.superblock'].sort(),
    );
  });

  test(`${compress}: what others take off the disc is a sound image, and its superblock`, async (t) => {
    const { folder, iso } = await build(t, await rootfs(t), { compress, headroomBytes: '0' });
    for (const [name, to] of [
      [path, 'packed'],
      ['live/root.superblock', 'superblock'],
      ['live/initrd.img', 'initrd'],
    ]) {
      const args = ['-osirrox', 'on', '-indev', iso, '-extract', `/${name}`, join(folder, `${to}`)];
      await run(judge('xorriso'), args);
    }
    const tree = join(folder, 'tree');
    await (compress === 'squashfs'
      ? run(judge('unsquashfs', 'squashfs-tools'), ['-d', tree, join(folder, 'packed')])
      : run(judge('fsck.erofs', 'erofs-utils'), [`--extract=${tree}`, join(folder, 'packed')]));
    t.deepEqual(await readdir(tree), ['root.img']);
    const image = join(tree, 'root.img');
    await fsck(image);
    const text = await run(judge('debugfs', 'e2fsprogs'), ['-R', 'cat /usr/share/text', image]);
    t.is(text.toString(), TEXT);
    const superblock = await readFile(join(folder, 'superblock'));
    t.true(superblock.equals((await readFile(image)).subarray(0, 2048)));

    // The init finds both where its settings say.
    const whole = (await readFile(join(folder, 'initrd'))).toString('latin1');
    const conf = whole.slice(whole.indexOf('UUID='), whole.indexOf('ORIGIN='));
    const sector = (name: string) => Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(conf)?.[1]);
    const disc = await readFile(iso);
    const at = (name: string, length: number) =>
      disc.subarray(sector(name) * 512, sector(name) * 512 + length);
    t.true(at('SUPERBLOCK_SECTOR', 2048).equals(superblock));
    const packed = await readFile(join(folder, 'packed'));
    t.true(at('ROOT_SECTOR', packed.length).equals(packed));
    t.is(sector('ROOT_SECTOR') % 8, 0);
    t.regex(conf, new RegExp(`UUID=${superblock.toString('hex', 1128, 1144)}\n`));
    t.regex(
      conf,
      new RegExp(`^COMPRESSION=${compress}\nSUPERBLOCK_FILE=live/root.superblock$`, 'm'),
    );
    t.regex(conf, new RegExp(`^ROOT_FILE=${path}$`, 'm'));
  });

  test(`${compress}: inspect, verify and extract take it; a profile cannot be recorded`, async (t) => {
    const { folder, iso } = await build(t, await rootfs(t), { compress });
    const inspection = await inspectFile(iso);
    t.like(inspection.rootFilesystem, { path, compression: compress, storedBlocks: null });
    t.true(
      inspectionLines(inspection).some((line) => new RegExp(`Compressed +${compress}`).test(line)),
    );
    const options = {
      boot: undefined,
      leastMemory: false,
      signal: new AbortController().signal,
    };
    const { good, checks } = await verifyDisc(iso, options, silentReporter);
    t.true(good, JSON.stringify(checks));
    t.regex(
      checks.find(({ name }) => name === 'ext2')?.detail ?? '',
      new RegExp(`image in ${path}`),
    );
    t.true(checks.some(({ name, verdict }) => name === 'e2fsck' && verdict === 'passed'));
    const tar = join(folder, 'root.tar');
    await extract({ disc: iso, tar, rootImage: join(folder, 'root.img'), force: false }, CONTEXT);
    await fsck(join(folder, 'root.img'));
    const listed = await run(judge('tar'), ['-xOf', tar, './usr/share/text']);
    t.is(listed.toString(), TEXT);
    const image = await openDiscImage(iso);
    const hint = /without --compress/;
    const error = await t.throwsAsync(mapDisc(image.readAt), { code: 'image.compressed' });
    t.regex((error as { hint?: string } | undefined)?.hint ?? '', hint);
    await image.close();
  });

  test(`${compress}: a damaged disc is told`, async (t) => {
    const { iso } = await build(t, await rootfs(t), { compress, checksums: false });
    const { files } = await inspectFile(iso);
    const place = files.find(({ path: name }) => name === path)?.extents?.[0];
    const bytes = await readFile(iso);
    bytes.fill(0x55, (place?.block ?? 0) * 2048, (place?.block ?? 0) * 2048 + (place?.size ?? 0));
    await writeFile(iso, bytes);
    const options = { boot: undefined, leastMemory: false, signal: new AbortController().signal };
    const { good, checks } = await verifyDisc(iso, options, silentReporter);
    t.false(good);
    t.regex(checks.find(({ name }) => name === 'ext2')?.detail ?? '', /cannot be unpacked/);
  });

  test(`${compress}: equal input gives an equal disc`, async (t) => {
    const source = await rootfs(t);
    const [first, second] = [
      await build(t, source, { compress }),
      await build(t, source, { compress }),
    ];
    t.true((await readFile(first.iso)).equals(await readFile(second.iso)));
  });

  test(`${compress}: interrupted in any stage, nothing is left`, async (t) => {
    const source = await rootfs(t);
    const { plan } = await build(t, source, { compress });
    for (const { title } of plan.stages) {
      const controller = new AbortController();
      const reporter = noting([], (stage) => {
        if (stage === title) controller.abort();
      });
      const { signal } = controller;
      const { folder, result } = await build(t, source, { compress }, { reporter, signal });
      // The last stage only waits.
      if (title === 'Waiting for the disk') continue;
      t.like(result, { code: 'interrupted.signal' }, title);
      t.deepEqual(await readdir(folder), [], title);
    }
  });
}

test('whether it fits its medium is known when it is compressed', async (t) => {
  const source = await rootfs(t);
  const { plan, result, iso } = await build(t, source, {
    ...{ compress: 'squashfs', targetMedium: 'cd-650' },
  });
  t.is(plan.medium, undefined);
  t.like(result, { output: iso });
});

test('the best that the kernel can unpack is taken, and told', async (t) => {
  const { plan } = await build(t, await rootfs(t), { compress: 'squashfs' });
  t.like(plan.compression, { format: 'squashfs', algorithm: 'xz' });
  const lines = planLines(plan).join('\n');
  t.regex(lines, /Compressing the root file system \(squashfs, xz\)/);
  t.regex(lines, /the whole image, at most/);
  t.regex(lines, /found +mksquashfs/);
  t.notRegex(
    planLines((await build(t, await rootfs(t), {})).plan).join('\n'),
    /\(squashfs|mksquashfs/,
  );
});

test.serial('without the program nothing is read: its package is named', async (t) => {
  const source = await rootfs(t);
  const { PATH } = process.env;
  process.env.PATH = '/nonexistent';
  try {
    const error = await t.throwsAsync(build(t, source, { compress: 'squashfs' }), {
      code: 'tool.missing',
    });
    t.regex((error as { hint?: string } | undefined)?.hint ?? '', /squashfs-tools/);
  } finally {
    process.env.PATH = PATH;
  }
});
