import { access, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { run } from '../../src/process.js';
import { enterInitrd } from './helpers/host-initrd.js';
import type { InitShell } from './helpers/init-shell.js';
import { moduleContent } from './helpers/rootfs.js';

const XZ = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };

/** Packs the archives of an unpacked initrd otherwise. */
async function repack(top: string, shell: InitShell, suffix: '.gz' | ''): Promise<void> {
  for (const folder of [join(top, shell.modules), join(top, 'lib/live')]) {
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.cpio.xz')) continue;
      const plain = await run(XZ, ['-dc', join(folder, name)]);
      const packed = suffix === '.gz' ? gzipSync(plain) : plain;
      await writeFile(join(folder, name.replace('.xz', suffix)), packed);
      await rm(join(folder, name));
    }
  }
}

for (const suffix of ['.xz', '.gz', ''] as const) {
  test(`modules come out of archives NAME.cpio${suffix}, in the order of need`, async (t) => {
    const initrd = await enterInitrd(t);
    if (initrd === undefined) return;
    const { top, shell } = initrd;
    if (suffix !== '.xz') await repack(top, shell, suffix);
    const before = await readdir(top + shell.modules);

    t.deepEqual(await shell.lines('load_modules fs_x scsi:t-0x05 isofs nothing usb:v1p2'), [
      `insmod ${shell.modules}/core/cdrom.ko`,
      `insmod ${shell.modules}/more/fs_x.ko`,
      `insmod ${shell.modules}/core/sr_mod.ko`,
      `insmod ${shell.modules}/usb/usb.ko`,
    ]);
    for (const [name, original] of Object.entries({ cdrom: 'cdrom', fs_x: 'fs-x', usb: 'usb' })) {
      t.deepEqual(await shell.inserted(name), moduleContent(original), name);
    }
    // The memory is wanted back: only the archives stay.
    const after = await readdir(top + shell.modules, { recursive: true });
    t.deepEqual(
      after.filter((name) => name.endsWith('.ko')),
      [],
    );
    t.deepEqual(after.filter((name) => before.includes(name)).sort(), before.sort());
  });

  test(`programs come out of their archive programs.cpio${suffix}`, async (t) => {
    const initrd = await enterInitrd(t);
    if (initrd === undefined) return;
    const { top, shell } = initrd;
    if (suffix !== '.xz') await repack(top, shell, suffix);
    await t.throwsAsync(access(join(top, 'sbin/dmsetup')));
    const [version, ...rest] = await shell.lines('unpack_programs && dmsetup version | head -n 1');
    t.regex(version ?? '', /^Library version:/);
    t.deepEqual(rest, []);
    await rm(join(top, `lib/live/programs.cpio${suffix}`));
    t.deepEqual(await shell.lines('unpack_programs || echo "nothing to unpack"'), [
      'nothing to unpack',
    ]);
  });
}

test('what is loaded already is neither unpacked nor inserted', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { shell } = initrd;
  await shell.load('cdrom');
  t.deepEqual(await shell.lines('load_modules sr_mod fs_x'), [
    `insmod ${shell.modules}/core/sr_mod.ko`,
    `insmod ${shell.modules}/more/fs_x.ko`,
  ]);
  await shell.load('sr_mod', 'fs_x');
  const loads = 'load_modules sr_mod fs_x isofs nothing; load_module sr_mod';
  t.deepEqual(await shell.lines(`${loads}\nunpack_archive() { echo unpacking; }; ${loads}`), []);
});

test('parameters go to the module that is asked for', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { shell } = initrd;
  t.deepEqual(await shell.lines('load_module sr_mod xa_test=1 debug=2'), [
    `insmod ${shell.modules}/core/cdrom.ko`,
    `insmod ${shell.modules}/core/sr_mod.ko xa_test=1 debug=2`,
  ]);
});

test('an archive is asked for its own modules, each once', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { shell } = initrd;
  const wanted = (archive: string) =>
    shell.lines(
      `modprobe -q -b -D -a sr_mod fs_x sr_mod >/run/live/modules.wanted
      wanted_of_group '${shell.modules}/${archive}'`,
    );
  t.deepEqual(await wanted('core.cpio.xz'), ['core/cdrom.ko', 'core/sr_mod.ko']);
  t.deepEqual(await wanted('more.cpio.gz'), ['more/fs_x.ko']);
  t.deepEqual(await wanted('usb.cpio'), []);
  // Without any archive there is nothing to do, and nothing to fail over.
  t.deepEqual(await wanted('*.cpio*'), []);
});

test('a missing or damaged archive costs its modules only', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  const core = join(top, shell.modules, 'core.cpio.xz');
  const usb = join(top, shell.modules, 'usb.cpio.xz');
  await rename(core, join(top, 'run/core'));
  await writeFile(usb, (await readFile(usb)).subarray(0, 40));
  t.deepEqual(await shell.lines('load_modules fs_x usb; echo "status $?"'), [
    `insmod ${shell.modules}/more/fs_x.ko`,
    'status 0',
  ]);
});

test('the init says nothing about modules but through its own words', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { shell } = initrd;
  const script = 'exec 2>&1; insmod() { :; }\nload_modules fs_x nothing; load_module gone a=1';
  t.deepEqual(await shell.lines(`${script}; unpack_programs`), []);
});
