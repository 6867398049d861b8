import { lstat, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { staticFile } from '../../src/cpio/newc.js';
import { packInitrd } from '../../src/initrd/plan-initrd.js';
import { run } from '../../src/process.js';
import { fakeBusybox } from './helpers/busybox.js';
import { elf } from './helpers/elf.js';
import { kernelImage } from './helpers/kernel.js';
import {
  INIT,
  MODULE_LIST,
  MODULES,
  moduleContent,
  plan,
  ROOTFS,
  VERSION,
} from './helpers/rootfs.js';
import { fileIn, namesIn, partsOf, temporaryFolder, unpacked } from './helpers/unpack.js';
import { type Files, view } from './helpers/view.js';

const SHELL = { program: 'sh', purpose: 'judges', debianPackage: 'dash' };
const KNOWS_XZ: Files = {
  [`boot/config-${VERSION}`]: 'CONFIG_RD_XZ=y\nCONFIG_XZ_DEC_X86=y\n',
};
const I386 = { bits: 32, machine: 3 } as const;
const I386_ROOTFS: Files = {
  ...ROOTFS,
  [`boot/vmlinuz-${VERSION}`]: kernelImage(VERSION, { is64: false }),
  'usr/bin/busybox': fakeBusybox(I386),
  'usr/sbin/dmsetup': elf({ ...I386, needed: ['libdm.so.1'] }),
  'usr/lib/libdm.so.1': elf({ ...I386, soname: 'libdm.so.1' }),
};

/** The initrd of `files` with one line of settings. */
async function initrd(files = ROOTFS) {
  return (await packInitrd(await plan({}, files))).withConfiguration({
    'etc/live.conf': 'A=1\n',
  });
}

test('what cpio unpacks is a root that init can start from', async (t) => {
  const top = await unpacked(t, await initrd());
  const text = async (name: string) => (await readFile(join(top, name))).toString('latin1');

  t.is(await text('init'), '#!/bin/sh\n');
  t.is((await lstat(join(top, 'init'))).mode & 0o7777, 0o755);
  t.is(await text('etc/live.conf'), 'A=1\n');
  t.deepEqual(await readFile(join(top, 'bin/busybox')), fakeBusybox());
  t.is((await lstat(join(top, 'bin/busybox'))).mode & 0o7777, 0o755);
  for (const applet of ['sh', 'mount', 'cpio', 'switch_root', 'xzcat', 'gunzip']) {
    t.is(await readlink(join(top, 'bin', applet)), 'busybox', applet);
  }
  const console = await lstat(join(top, 'dev/console'));
  t.true(console.isCharacterDevice());
  t.is(console.rdev, 5 * 256 + 1);
  t.is((await lstat(join(top, 'dev/null'))).rdev, 256 + 3);

  const folder = `lib/modules/${VERSION}`;
  t.is(
    await text(`${folder}/modules.dep`),
    'core/cdrom.ko:\nmore/fs_x.ko: core/cdrom.ko\ncore/sr_mod.ko: core/cdrom.ko\n',
  );
  t.is(await text(`${folder}/modules.alias`), 'alias scsi:t-0x05* sr_mod\n');
  t.is(await text(`${folder}/modules.builtin`), 'isofs.ko\n');
});

test('modules lie in one archive a group, unpacked where they were packed', async (t) => {
  const folder = join(await unpacked(t, await initrd()), 'lib/modules', VERSION);
  const core = join(folder, 'core.cpio.xz');
  const more = join(folder, 'more.cpio.xz');
  t.deepEqual(await namesIn(core), ['core', 'core/cdrom.ko', 'core/sr_mod.ko']);
  t.deepEqual(await namesIn(more), ['more', 'more/fs_x.ko']);
  t.deepEqual(await fileIn(core, 'core/cdrom.ko'), moduleContent('cdrom'));
  t.deepEqual(await fileIn(core, 'core/sr_mod.ko'), moduleContent('sr_mod'));
  t.deepEqual(await fileIn(more, 'more/fs_x.ko'), moduleContent('fs-x'));
});

test('modules the user names lie in a group of their own', async (t) => {
  const planned = await plan({ modules: ['usb', 'cdrom', 'fs-x'] });
  const { archives } = await packInitrd(planned);
  t.deepEqual(planned.modules, ['cdrom', 'fs_x', 'sr_mod', 'usb']);
  const top = await temporaryFolder(t);
  const [extra] = archives.filter(({ name }) => name.endsWith('/extra.cpio.xz'));
  await writeFile(join(top, 'extra.cpio.xz'), extra?.content ?? '');
  t.deepEqual(await namesIn(join(top, 'extra.cpio.xz')), ['extra', 'extra/usb.ko']);
});

test('dmsetup and what only it needs lie packed, all that busybox needs does not', async (t) => {
  const programs = async (files: Files) => {
    const top = await unpacked(t, await initrd(files));
    const archive = join(top, 'lib/live/programs.cpio.xz');
    const names = await namesIn(archive);
    // All names that a loader may look for lead to the one folder.
    await run(SHELL, ['-ec', 'xz -dc "$1" | (cd "$2"; cpio -id --quiet)', 'sh', archive, top]);
    for (const name of ['lib/ld.so', 'lib64/ld.so', 'usr/lib64/ld.so', 'usr/lib/libdm.so.1']) {
      t.true((await readFile(join(top, name), 'latin1')).startsWith('\x7fELF'), name);
    }
    t.is((await lstat(join(top, 'sbin/dmsetup'))).mode & 0o7777, 0o755);
    return names;
  };
  const all = ['lib', 'lib/ld.so', 'lib/libdm.so.1', 'sbin', 'sbin/dmsetup'];
  t.deepEqual((await programs(ROOTFS)).sort(), all);

  const dynamic = fakeBusybox({ interpreter: '/lib64/ld.so' });
  t.deepEqual((await programs({ ...ROOTFS, 'usr/bin/busybox': dynamic })).sort(), [
    'lib',
    'lib/libdm.so.1',
    'sbin',
    'sbin/dmsetup',
  ]);
});

test('packings the busybox can undo', async (t) => {
  const suffixes = async (...without: string[]) => {
    const busybox = fakeBusybox({}, without);
    const planned = await plan({}, { ...ROOTFS, 'usr/bin/busybox': busybox });
    const { archives } = await packInitrd(planned);
    const links = planned.base
      .map(({ name }) => name)
      .filter((name) => /^bin\/(xzcat|gunzip)$/.test(name));
    return [...new Set(archives.map(({ name }) => /\.cpio(.*)$/.exec(name)?.[1])), ...links];
  };
  t.deepEqual(await suffixes(), ['.xz', 'bin/xzcat', 'bin/gunzip']);
  t.deepEqual(await suffixes('xzcat'), ['.gz', 'bin/gunzip']);
  t.deepEqual(await suffixes('gunzip'), ['.xz', 'bin/xzcat']);
  t.deepEqual(await suffixes('xzcat', 'gunzip'), ['']);
});

test('archives stand uncompressed before the compressed base, on a border cpio knows', async (t) => {
  const { first, compression } = partsOf(await initrd());
  t.is(compression, 'gzip');
  t.is(first.length % 512, 0);
  const listed = await run(SHELL, ['-c', 'cpio -it --quiet'], first);
  t.deepEqual(listed.toString().trim().split('\n'), [
    'etc',
    'etc/live.conf',
    'lib',
    'lib/live',
    'lib/live/programs.cpio.xz',
    'lib/modules',
    `lib/modules/${VERSION}`,
    `lib/modules/${VERSION}/core.cpio.xz`,
    `lib/modules/${VERSION}/more.cpio.xz`,
  ]);
});

test('the base is compressed as the kernel can', async (t) => {
  const compression = async (files: Files) => partsOf(await initrd(files)).compression;
  t.is(await compression(ROOTFS), 'gzip');
  t.is(await compression({ ...ROOTFS, ...KNOWS_XZ }), 'xz');
  t.is(await compression({ ...I386_ROOTFS, ...KNOWS_XZ }), 'gzip');
  const top = await unpacked(t, await initrd({ ...ROOTFS, ...KNOWS_XZ }));
  t.deepEqual(await readFile(join(top, 'bin/busybox')), fakeBusybox());
});

test('the sizes are those of the files', async (t) => {
  const packed = await packInitrd(await plan());
  const top = await unpacked(t, await packed.withConfiguration({}));
  const find = async (...expression: string[]) => {
    const script = 'cd "$0"; find . ! -name . "$@"';
    return (await run(SHELL, ['-c', script, top, ...expression])).toString().trim().split('\n');
  };
  const sizes = await find('-type', 'f', '-printf', '%s\n');
  const pages = sizes.reduce((sum, size) => sum + Math.ceil(Number(size) / 4096) * 4096, 0);
  t.is(packed.unpackedPages, pages);
  t.is(packed.files, (await find('-print')).length);
});

test('the size depends on the lengths of the settings, not on what they say', async (t) => {
  const packed = await packInitrd(await plan());
  const settings = fc.record({
    'etc/live.conf': fc.stringMatching(/^[A-Z=0-9\n]{0,700}$/),
    'etc/origin.table': fc.stringMatching(/^[0-9 \n]{0,700}$/),
  });
  await fc.assert(
    fc.asyncProperty(settings, async (one) => {
      const other = {
        'etc/live.conf': '#'.repeat(one['etc/live.conf'].length),
        'etc/origin.table': '\0'.repeat(one['etc/origin.table'].length),
      };
      const [a, b] = [await packed.withConfiguration(one), await packed.withConfiguration(other)];
      t.is(a.length, b.length);
      t.deepEqual(partsOf(a).compressed, partsOf(b).compressed);
      t.true(partsOf(a).first.includes(one['etc/live.conf']));
    }),
    { numRuns: 20 },
  );
});

test('the same plan gives the same bytes, at any time', async (t) => {
  for (const files of [ROOTFS, { ...ROOTFS, ...KNOWS_XZ }]) {
    t.true((await initrd(files)).equals(await initrd(files)));
  }
});

test('says when programs come from this machine', async (t) => {
  const { 'usr/sbin/dmsetup': dmsetup, ...without } = ROOTFS;
  t.truthy(dmsetup);
  const host = view({ 'sbin/dmsetup': elf() }, 'the machine that builds');
  t.deepEqual((await plan({ host }, without)).notes, [
    '/sbin/dmsetup of the initrd comes from the machine that builds.',
  ]);
  t.deepEqual((await plan()).notes, []);
});

test('modules that modules.dep promises and that are not there', async (t) => {
  const { [`${MODULES}/kernel/cdrom.ko`]: cdrom, ...without } = ROOTFS;
  t.truthy(cdrom);
  await t.throwsAsync(plan({}, without), {
    code: 'rootfs.module-missing',
    message: /\/usr\/lib\/modules\/6\.1\.0-test\/kernel\/cdrom\.ko/,
  });
  const broken = { ...ROOTFS, [`${MODULES}/kernel/fs-x.ko.gz`]: Buffer.from([0x1f, 0x8b, 1, 2]) };
  await t.throwsAsync(plan({}, broken), { code: 'rootfs.module-broken', message: /fs-x\.ko\.gz/ });
});

test('what unpacks a compressed root is only in the initrds of such discs', async (t) => {
  const script = staticFile('lib/live/packed-image.sh', Buffer.from(': packed\n'));
  const templates = { scripts: [INIT, script], moduleList: MODULE_LIST };
  const files: Files = {
    ...ROOTFS,
    [`${MODULES}/modules.dep`]: `${ROOTFS[`${MODULES}/modules.dep`]}kernel/erofs.ko: kernel/usb.ko\n`,
    [`${MODULES}/modules.builtin`]: 'kernel/isofs.ko\nkernel/loop.ko\n',
    [`${MODULES}/kernel/erofs.ko`]: moduleContent('erofs'),
  };
  const namesOf = ({ base }: Awaited<ReturnType<typeof plan>>) => base.map(({ name }) => name);
  const plain = await plan({ templates }, files);
  t.false(namesOf(plain).includes(script.name));
  t.false(plain.modules.includes('erofs'));
  const packed = await plan({ templates, packedRoot: 'erofs' }, files);
  t.true(namesOf(packed).includes(script.name));
  t.true(packed.modules.includes('erofs'));
  // In the archive that each start unpacks anyway.
  const core = packed.archives.find(({ name }) => name.endsWith('/core'));
  t.true(core?.records.some(({ name }) => name === 'core/erofs.ko'));
  await t.throwsAsync(plan({ templates, packedRoot: 'squashfs' }, files), {
    code: 'rootfs.modules-missing',
    message: /has no squashfs, neither as a module nor built in/,
  });
});
