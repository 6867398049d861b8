import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { silentReporter } from '../../src/build/report.js';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { inspectionLines } from '../../src/cli/inspection-text.js';
import { planLines } from '../../src/cli/plan-text.js';
import { capacityOf } from '../../src/media/medium.js';
import { run, type Tool } from '../../src/process.js';
import { MIB } from '../../src/units.js';
import { verifyDisc } from '../../src/verify/verify.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { build, noting, rootfs } from './small-disc.js';

/** Whole builds of a small root filesystem with a boot profile, and so with a compressed copy of what a boot reads. */

const judge = (program: string): Tool => ({
  program,
  purpose: 'judges a disc',
  debianPackage: program,
});
const HOT = '/usr/share/text';

test.before(() => {
  process.env.SOURCE_DATE_EPOCH = '1735689600';
});

/** A source, and the flags of a build by a profile of it. */
async function profiled(t: ExecutionContext) {
  const profile = join(await temporaryDirectory(t), 'boot.profile');
  await writeFile(profile, `snapdisc-profile 1\n0.000 data 0-9999 ${HOT}\n`);
  return { source: await rootfs(t), flags: { profile } };
}

/** Bytes of a disc's file. */
async function contentOf(iso: string, path: string): Promise<{ at: number; bytes: Buffer }> {
  const file = (await inspectFile(iso)).files.find((each) => each.path === path);
  const { block = 0, size = 0 } = file?.extents?.[0] ?? {};
  const handle = await open(iso);
  const bytes = Buffer.alloc(size);
  await handle.read(bytes, 0, size, block * 2048);
  await handle.close();
  return { at: block * 2048, bytes };
}

test('gzip finds in it the start of root.img, which it lies behind', async (t) => {
  const { source, flags } = await profiled(t);
  const stages: string[] = [];
  const include = await temporaryDirectory(t);
  await writeFile(join(include, 'more'), 'more'.repeat(2000));
  const more = { ...flags, discInclude: [include], targetMedium: 'cd-700' };
  const { iso, plan, result } = await build(t, source, more, { reporter: noting(stages) });
  t.deepEqual(
    stages.slice(-plan.stages.length),
    plan.stages.map(({ title }) => title),
  );
  const { size } = result as { size: number };
  t.is((await readFile(iso)).length, size);
  t.true(size <= plan.sizes.iso);
  const text = planLines(plan).join('\n');
  t.regex(text, /the whole image, at most\n/);
  t.regex(text, /Medium +CD-R of 700 MB, at least \d+ MiB left\n/);

  const [root, copy] = [await contentOf(iso, 'live/root.img'), await contentOf(iso, 'live/hot.gz')];
  const hot = await run(judge('gzip'), ['-dc'], copy.bytes);
  t.is(hot.length, plan.profile?.hotBytes ?? 0);
  t.true(hot.length > 900_000);
  t.true(hot.equals(root.bytes.subarray(0, hot.length)));
  t.true(copy.bytes.length < hot.length / 2);
  t.true(copy.bytes.length <= plan.sizes.hotCopy);
  t.is(copy.at, root.at + root.bytes.length);
  t.is((await contentOf(iso, 'more')).bytes.toString(), 'more'.repeat(2000));
  // What the init reads of it, in sectors.
  const { bytes: initrd } = await contentOf(iso, 'live/initrd.img');
  const sectors = Math.ceil(copy.bytes.length / 4096) * 8;
  t.true(initrd.includes(`HOT_COPY_SECTORS=${sectors} `));

  const inspection = await inspectFile(iso);
  t.is(inspection.rootFilesystem?.hotCopy, 'live/hot.gz');
  t.true(inspectionLines(inspection).some((line) => /Read first +live\/hot\.gz/.test(line)));
  const { good, checks } = await verify(t, iso);
  t.true(good);
  t.regex(
    checks.find(({ name }) => name === 'Hot copy')?.detail ?? '',
    /holds the first \d+ bytes/,
  );
});

function verify(t: ExecutionContext, iso: string) {
  const { signal } = new AbortController();
  return verifyDisc(iso, { boot: undefined, leastMemory: false, signal }, silentReporter).then(
    (verification) => {
      t.true(verification.checks.length > 4);
      return verification;
    },
  );
}

test('a copy of something else, or a damaged one, is found', async (t) => {
  const { source, flags } = await profiled(t);
  // Without checksums only the copy itself can tell.
  const { iso, plan } = await build(t, source, { ...flags, checksums: false });
  const { at: rootAt } = await contentOf(iso, 'live/root.img');
  const { at: copyAt, bytes } = await contentOf(iso, 'live/hot.gz');
  const verdictWith = async (at: number) => {
    const handle = await open(iso, 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    const write = (value: number) => handle.write(Buffer.of(value), 0, 1, at);
    await write(byte.readUInt8() ^ 1);
    const { checks } = await verify(t, iso);
    await write(byte.readUInt8());
    await handle.close();
    const check = checks.find(({ name }) => name === 'Hot copy');
    return `${check?.verdict}: ${check?.detail}`;
  };
  const last = rootAt + (plan.profile?.hotBytes ?? 0) - 1;
  t.regex(await verdictWith(last), /^failed: .*root\.img has something else/);
  t.regex(await verdictWith(copyAt + bytes.length - 5), /^failed: .*incorrect/);
  t.regex(await verdictWith(copyAt), /^failed: .*incorrect header check/);
});

test('whatever the order of the others, it stays behind root.img', async (t) => {
  const { source, flags } = await profiled(t);
  const sort = join(await temporaryDirectory(t), 'order.txt');
  await writeFile(sort, 'live/hot.gz 10\nlive/root.img 5\nlive/vmlinuz -3\n');
  const { iso } = await build(t, source, { ...flags, sort });
  const [root, copy] = [await contentOf(iso, 'live/root.img'), await contentOf(iso, 'live/hot.gz')];
  t.is(copy.at, root.at + root.bytes.length);
  t.true((await contentOf(iso, 'live/vmlinuz')).at > copy.at);
  t.true((await verify(t, iso)).good);
});

test('with a compressed root.img or where the medium has no room there is none', async (t) => {
  const { source, flags } = await profiled(t);
  /** How often the plan tells of it. */
  const noCopy = async (more: object) => {
    const { iso, plan } = await build(t, source, more);
    const { files, rootFilesystem } = await inspectFile(iso);
    t.is(rootFilesystem?.hotCopy, null);
    t.notRegex(planLines(plan).join('\n'), /Compressing what/);
    t.is(files.filter(({ path }) => path === 'live/hot.gz').length + plan.sizes.hotCopy, 0);
    return plan.warnings.filter((warning) => warning.includes('no room')).length;
  };
  t.is(await noCopy({ ...flags, compress: 'squashfs' }), 0);

  const { plan } = await build(t, source, {});
  const include = await temporaryDirectory(t);
  const film = await open(join(include, 'film'), 'w');
  const capacity = capacityOf('cd-650') ?? 0;
  await film.truncate(capacity - plan.sizes.iso - MIB / 2);
  await film.close();
  t.is(await noCopy({ ...flags, targetMedium: 'cd-650', discInclude: [include] }), 1);
});

test('equal input gives an equal disc', async (t) => {
  const { source, flags } = await profiled(t);
  const [first, second] = [await build(t, source, flags), await build(t, source, flags)];
  t.true((await readFile(first.iso)).equals(await readFile(second.iso)));
});

test('interrupted while it is made, nothing is left', async (t) => {
  const { source, flags } = await profiled(t);
  const controller = new AbortController();
  const reporter = noting([], (stage) => {
    if (stage === 'Compressing what a boot reads') controller.abort();
  });
  const { signal } = controller;
  const { folder, result } = await build(t, source, flags, { reporter, signal });
  t.like(result, { code: 'interrupted.signal' });
  t.deepEqual(await readdir(folder), []);
});
