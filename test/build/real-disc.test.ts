import { createHash } from 'node:crypto';
import { link, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { prepareBuild } from '../../src/build/build.js';
import { silentReporter } from '../../src/build/report.js';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { run, type Tool } from '../../src/process.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { fsck, temporaryDirectory } from '../ext2/helpers.js';
import { whileMounted } from '../ext2/mount.js';
import { debianTar } from '../fixtures/debian.js';

/** Whole builds of a real Debian, judged by the tools that people use. */

const tool = (program: string, debianPackage = program): Tool => ({
  program,
  purpose: 'judges a disc',
  debianPackage,
});

// One build at a time: each keeps both processors busy.
test.before(() => {
  process.env.SOURCE_DATE_EPOCH = '1735689600';
});

async function build(t: ExecutionContext, more: object): Promise<string> {
  const output = join(await temporaryDirectory(t), 'live.iso');
  const recipe = parseRecipe({ source: await debianTar('i386'), output, ...more });
  const prepared = await prepareBuild(recipe, silentReporter);
  try {
    const result = await prepared.run();
    const { iso, hotCopy } = prepared.plan.sizes;
    t.true(result.size <= iso && result.size > iso - hotCopy, `${result.size}`);
    return result.output;
  } finally {
    await prepared.close();
  }
}

async function extract(iso: string, path: string, to: string): Promise<void> {
  await run(tool('xorriso'), ['-osirrox', 'on', '-indev', iso, '-extract', path, to]);
}

test.serial('the root image holds what the archive holds', async (t) => {
  const iso = await build(t, { headroomBytes: '0' });
  const image = join(await temporaryDirectory(t), 'root.img');
  await extract(iso, '/live/root.img', image);
  await fsck(image);
  const source = await debianTar('i386');
  const mounted = await whileMounted(t, image, 'ext2', async (top) => {
    // tar compares contents, modes, owners, times, links and devices, and fails on a difference.
    const differences = await run(tool('tar'), ['--compare', '--file', source, '-C', top]);
    t.is(differences.toString(), '');
    const ping = await run(tool('getcap', 'libcap2-bin'), [join(top, 'usr/bin/ping')]);
    t.regex(ping.toString(), /cap_net_raw/);
  });
  if (!mounted) {
    const passwd = await run(tool('debugfs', 'e2fsprogs'), ['-R', 'cat /etc/passwd', image]);
    const wanted = await run(tool('tar'), ['-xOf', source, './etc/passwd']);
    t.is(passwd.toString(), wanted.toString());
  }
});

test.serial('equal input gives an equal disc, and another option another one', async (t) => {
  const hash = async (more: object) =>
    createHash('sha256')
      .update(await readFile(await build(t, more)))
      .digest('hex');
  const login = { user: 'ana', password: 'secret', autologin: true };
  const first = await hash(login);
  t.is(await hash(login), first);
  t.not(await hash({ ...login, label: 'OTHER' }), first);
});

test.serial('every checksum on the disc is right', async (t) => {
  const iso = await build(t, {});
  const file = join(await temporaryDirectory(t), 'checksums');
  await extract(iso, '/live/checksums', file);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const number = (line: number, key: string) => Number(lines[line]?.replace(`${key} `, ''));
  t.is(lines[0], 'snapdisc-checksums 2');
  const [block, start, end] = [number(2, 'block'), number(3, 'start'), number(4, 'end')];
  const digests = lines.filter((line) => /^[0-9a-f]{64}$/.test(line));
  t.is(digests.length, Math.ceil((end - start) / block));
  const disc = await open(iso);
  try {
    const wrong: number[] = [];
    for (const [index, digest] of digests.entries()) {
      const at = start + index * block;
      const piece = Buffer.alloc(Math.min(block, end - at));
      await disc.read(piece, 0, piece.length, at);
      if (createHash('sha256').update(piece).digest('hex') !== digest) wrong.push(index);
    }
    t.deepEqual(wrong, []);

    const kernel = lines.map((line) => /^file (\d+) (\d+) live\/vmlinuz$/.exec(line)).find(Boolean);
    const [from, to] = [Number(kernel?.[1]), Number(kernel?.[2])];
    const wanted = join(await temporaryDirectory(t), 'vmlinuz');
    await extract(iso, '/live/vmlinuz', wanted);
    const found = Buffer.alloc(to - from);
    await disc.read(found, 0, found.length, from);
    t.true(found.equals(await readFile(wanted)), 'the list knows where a file lies');
  } finally {
    await disc.close();
  }
});

test.serial('xorriso finds the disc sound and bootable from CD and stick', async (t) => {
  const iso = await build(t, { label: 'My disc', pad: false });
  const report = await run(tool('xorriso'), [
    ...['-indev', iso, '-report_el_torito', 'plain', '-report_system_area', 'plain'],
    ...['-check_media', '--'],
  ]);
  const text = report.toString();
  t.regex(text, /El Torito boot img :\s+1\s+BIOS\s+y\s+none/);
  t.regex(text, /isohybrid/);
  const blkid = await run(tool('blkid', 'util-linux'), ['-p', '-o', 'export', iso]);
  t.regex(blkid.toString(), /LABEL=My(\\)? disc/);
});

test.serial(
  'included files come with their hard links; what is no directory is refused',
  async (t) => {
    const folder = await temporaryDirectory(t);
    await writeFile(join(folder, 'one'), 'contents');
    await link(join(folder, 'one'), join(folder, 'two'));
    const iso = await build(t, { discInclude: [`${folder}:/more`] });
    const copy = join(await temporaryDirectory(t), 'two');
    await extract(iso, '/more/two', copy);
    t.is(await readFile(copy, 'utf8'), 'contents');
    const wrong = build(t, { discInclude: [join(folder, 'one'), `${folder}/missing`] });
    await t.throwsAsync(wrong, { code: 'usage.disc-include', message: /one, .*missing/ });
  },
);

test.serial('a disc tells what it is for, and one that does not fit is not begun', async (t) => {
  const target = { targetMedium: 'cd-700', targetMemoryMiB: '64M', targetArch: 'i386' };
  const iso = await build(t, target);
  const told = join(await temporaryDirectory(t), 'target');
  await extract(iso, '/live/target', told);
  const text = 'target-medium=cd-700\ntarget-memory=64M\ntarget-arch=i386\n';
  t.is(await readFile(told, 'utf8'), text);

  const folder = await temporaryDirectory(t);
  await writeFile(join(folder, 'film'), '');
  await truncate(join(folder, 'film'), 700 * 1024 ** 2);
  const output = join(await temporaryDirectory(t), 'live.iso');
  const large = build(t, { ...target, output, discInclude: [folder] });
  const error = await t.throwsAsync(large, { code: 'output.medium-too-small' });
  t.regex(error.message, /too large for a CD-R of 700 MB/);
  await t.throwsAsync(readFile(output), { code: 'ENOENT' });
});

test.serial(
  'the parts are the files of the disc, and other tools make a disc of them',
  async (t) => {
    const folder = await temporaryDirectory(t);
    const parts = join(folder, 'parts');
    const iso = await build(t, { parts });
    const checked = await run(tool('sh', 'dash'), [
      ...['-c', 'cd "$1" && sha256sum -c SHA256SUMS && find . -type f | sort', 'sh', parts],
    ]);
    for (const name of [
      'live/vmlinuz',
      'live/initrd.img',
      'live/root.img',
      'isolinux/isolinux.cfg',
    ]) {
      t.true(checked.toString().includes(`${name}: OK\n`), name);
      const onDisc = join(folder, 'file');
      await extract(iso, `/${name}`, onDisc);
      t.true((await readFile(onDisc)).equals(await readFile(join(parts, name))), name);
      await rm(onDisc);
    }
    t.false(checked.toString().includes('live/checksums'));
    const again = join(folder, 'again.iso');
    await run(tool('xorriso'), [
      ...['-as', 'mkisofs', '-quiet', '-R', '-V', 'SNAPDISC', '-o', again],
      ...['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-no-emul-boot'],
      ...['-boot-load-size', '4', '-boot-info-table', parts],
    ]);
    const inspection = await inspectFile(again);
    t.is(inspection.boot[0]?.path, 'isolinux/isolinux.bin');
    t.is(inspection.rootFilesystem?.uuid, (await inspectFile(iso)).rootFilesystem?.uuid);
    await t.throwsAsync(build(t, { parts }), { code: 'output.exists' });
    const output = join(folder, 'live.iso');
    await t.throwsAsync(build(t, { parts: folder, output }), { code: 'usage.same-output' });
  },
);

test.serial('an aborted build leaves nothing behind, whenever it happens', async (t) => {
  const folder = await temporaryDirectory(t);
  const output = join(folder, 'live.iso');
  const parts = join(folder, 'parts');
  const recipe = parseRecipe({ source: await debianTar('i386'), output, parts });
  for (const moment of [
    'Writing file system metadata',
    'Writing the root file system',
    'Making checksums',
    'Writing the parts',
  ]) {
    const abort = new AbortController();
    let stage = '';
    const reporter = {
      ...silentReporter,
      stage: (title: string) => {
        stage = title;
        // Metadata are written in one go and report nothing.
        if (title === moment && title.endsWith('metadata')) abort.abort();
      },
      advance: () => {
        if (stage === moment) abort.abort();
      },
    };
    const prepared = await prepareBuild(recipe, silentReporter);
    const writing = await prepareBuild(recipe, reporter);
    t.deepEqual(writing.plan, prepared.plan);
    await t.throwsAsync(writing.run(abort.signal), { code: 'interrupted.signal' }, moment);
    await Promise.all([prepared.close(), writing.close()]);
    t.deepEqual(await readdir(folder), []);
  }
});
