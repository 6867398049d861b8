import { chmod, lstat, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { staticFile } from '../../src/cpio/newc.js';
import { findKernel } from '../../src/initrd/kernel.js';
import {
  type InitrdOptions,
  type PackedInitrd,
  packInitrd,
  planInitrd,
} from '../../src/initrd/plan-initrd.js';
import { hostView } from '../../src/initrd/root-view.js';
import { run } from '../../src/process.js';
import { fakeBusybox } from './helpers/busybox.js';
import { elf } from './helpers/elf.js';
import { kernelImage } from './helpers/kernel.js';
import { type Files, view } from './helpers/view.js';

const SHELL = { program: 'sh', purpose: 'judges', debianPackage: 'dash' };
const VERSION = '6.1.0-test';
const MODULES = `usr/lib/modules/${VERSION}`;
const moduleContent = (name: string) => Buffer.from(`\x7fELF ${name} `.repeat(200), 'latin1');

const ROOTFS: Files = {
  lib: '-> usr/lib',
  [`boot/vmlinuz-${VERSION}`]: kernelImage(VERSION),
  [`${MODULES}/modules.dep`]:
    'kernel/sr_mod.ko: kernel/cdrom.ko\nkernel/cdrom.ko:\nkernel/fs-x.ko.gz: kernel/cdrom.ko\n',
  [`${MODULES}/modules.builtin`]: 'kernel/isofs.ko\n',
  [`${MODULES}/modules.alias`]: 'alias scsi:t-0x05* sr_mod\nalias fs-iso9660 isofs\n',
  [`${MODULES}/kernel/sr_mod.ko`]: moduleContent('sr_mod'),
  [`${MODULES}/kernel/cdrom.ko`]: moduleContent('cdrom'),
  [`${MODULES}/kernel/fs-x.ko.gz`]: gzipSync(moduleContent('fs-x')),
  'usr/bin/busybox': fakeBusybox(),
  'usr/sbin/dmsetup': elf({ interpreter: '/lib64/ld.so', needed: ['libdm.so.1'] }),
  'usr/lib64/libdm.so.1': '-> libdm.so.1.0',
  'usr/lib64/libdm.so.1.0': elf({ soname: 'libdm.so.1' }),
  lib64: '-> usr/lib64',
  'usr/lib64/ld.so': elf(),
};
const INIT = staticFile('init', Buffer.from('#!/bin/sh\n'), 0o755);
const UNPACKER = staticFile('lib/live/a.sh', Buffer.from('cat /lib/live/packed.list\n'));
const nothing = view({}, 'the machine that builds');

async function plan(options: Partial<InitrdOptions> = {}, files: Files = ROOTFS) {
  const rootfs = view(files);
  const kernel = await findKernel(rootfs);
  const templates = { scripts: [INIT], moduleList: 'sr_mod\nisofs\n?fs-x\n' };
  return planInitrd(rootfs, { kernel, templates, host: nothing, ...options });
}

async function unpacked(t: ExecutionContext, { data }: PackedInitrd): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-initrd-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const script = 'cd "$1"; mkdir x; cd x; cpio -idm --quiet';
  await run(SHELL, ['-ec', script, 'sh', folder], gunzipSync(data));
  return join(folder, 'x');
}

test('what cpio unpacks is a root that init can start from', async (t) => {
  const packed = await packInitrd(await plan(), { 'etc/live.conf': 'A=1\n' }, 1_700_000_000);
  const top = await unpacked(t, packed);
  const text = async (name: string) => (await readFile(join(top, name))).toString('latin1');

  t.is(await text('init'), '#!/bin/sh\n');
  t.is((await lstat(join(top, 'init'))).mode & 0o7777, 0o755);
  t.is(await text('etc/live.conf'), 'A=1\n');
  t.is(await readlink(join(top, 'bin/sh')), 'busybox');
  t.deepEqual(await readFile(join(top, 'bin/busybox')), fakeBusybox());
  // All names that a loader may look for lead to the one folder.
  for (const name of ['lib/ld.so', 'lib64/ld.so', 'usr/lib64/ld.so', 'usr/lib/libdm.so.1']) {
    t.true((await text(name)).startsWith('\x7fELF'), name);
  }
  const console = await lstat(join(top, 'dev/console'));
  t.true(console.isCharacterDevice());
  t.is(console.rdev, 5 * 256 + 1);
  t.is((await lstat(join(top, 'dev/null'))).rdev, 256 + 3);

  const folder = join(top, 'lib/modules', VERSION);
  const xz = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };
  for (const name of ['sr_mod', 'cdrom', 'fs-x']) {
    const file = join(folder, `${name.replace('-', '_')}.ko.xz`);
    t.deepEqual(await run(xz, ['-dc', file]), moduleContent(name));
  }
  t.is(
    await text(`lib/modules/${VERSION}/modules.dep`),
    'cdrom.ko.xz:\nfs_x.ko.xz: cdrom.ko.xz\nsr_mod.ko.xz: cdrom.ko.xz\n',
  );
  t.is(await text(`lib/modules/${VERSION}/modules.alias`), 'alias scsi:t-0x05* sr_mod\n');
  t.is(await text(`lib/modules/${VERSION}/modules.builtin`), 'isofs.ko\n');
});

test('the sizes are those of the files', async (t) => {
  const packed = await packInitrd(await plan(), {}, 0);
  const top = await unpacked(t, packed);
  const sizes = (
    await run(SHELL, ['-c', 'find "$1" -type f -printf "%s\\n"', 'sh', top])
  ).toString();
  const pages = sizes
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Math.ceil(Number(size) / 4096) * 4096, 0);
  t.is(packed.unpackedPages, pages);
  t.is(packed.unpackedBytes, gunzipSync(packed.data).length);
  const names = (
    await run(SHELL, ['-c', 'cd "$1"; find . ! -name . -print', 'sh', top])
  ).toString();
  t.is(packed.files, names.trim().split('\n').length);
});

test('the same plan gives the same bytes, at any time', async (t) => {
  const one = await packInitrd(await plan(), { 'etc/live.conf': 'x' }, 5);
  const two = await packInitrd(await plan(), { 'etc/live.conf': 'x' }, 5);
  t.deepEqual(one.data, two.data);
  t.deepEqual([...one.data.subarray(4, 8)], [0, 0, 0, 0], 'gzip time stamp');
});

test('programs lie packed when the init unpacks them, else as they are', async (t) => {
  const templates = { scripts: [INIT, UNPACKER], moduleList: 'sr_mod' };
  const names = (await plan({ templates })).records.map(({ name }) => name);
  t.deepEqual(names.filter((name) => /^(?:sbin\/|bin\/busybox|lib\/[^/]*\.so)/.test(name)).sort(), [
    'bin/busybox',
    'lib/ld.so.xz',
    'lib/libdm.so.1.xz',
    'sbin/dmsetup.xz',
  ]);
  const list = (await plan({ templates })).records.find(
    ({ name }) => name === 'lib/live/packed.list',
  );
  t.is(
    Buffer.from(list?.content ?? '').toString(),
    '/sbin/dmsetup.xz\n/lib/ld.so.xz\n/lib/libdm.so.1.xz\n',
  );

  // A busybox with libraries of its own could not unpack them.
  const dynamic = { ...ROOTFS, 'usr/bin/busybox': fakeBusybox({ needed: ['libdm.so.1'] }) };
  const plain = (await plan({ templates }, dynamic)).records.map(({ name }) => name);
  t.true(plain.includes('sbin/dmsetup'));
  t.false(plain.includes('lib/live/packed.list'));
});

test('hooks and included files, with the libraries of programs', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-initrd-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = async (name: string, content: string | Buffer, mode = 0o644) => {
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), mode);
    return join(folder, name);
  };
  const program = await file('tool', elf({ needed: ['libdm.so.1'] }), 0o755);
  const foreign = await file('arm', elf({ machine: 183 }), 0o755);
  const data = await file('data', 'text');
  const hook = await file('my hook.sh', '#!/bin/sh\n');

  const { records } = await plan({
    hooks: [hook, hook],
    includes: [{ from: program, to: '/usr/sbin/' }, { from: data }, { from: data, to: '/etc/x' }],
  });
  const found = new Map(records.map((each) => [each.name, each]));
  t.is(found.get('sbin/tool')?.mode, 0o100755);
  t.is(found.get('etc/x')?.mode, 0o100644);
  t.true(found.has(data.slice(1)));
  t.is(found.get('lib/live/hooks/01-my_hook.sh')?.mode, 0o100755);
  t.true(found.has('lib/live/hooks/02-my_hook.sh'));

  const refused = [
    { from: `${folder}/gone` },
    { from: folder },
    { from: foreign },
    { from: data, to: '/\u00fc' },
  ];
  const error = await t.throwsAsync(plan({ includes: refused }), { code: 'usage.initrd-include' });
  t.regex(
    error.message,
    /gone.*ENOENT.*not a regular file.*does not run on the amd64.*printable ASCII/s,
  );
  await t.throwsAsync(plan({ hooks: [`${folder}/gone`] }), { code: 'usage.initrd-hook' });
  await t.throwsAsync(plan({ includes: [{ from: data, to: '/bin/busybox' }] }), {
    code: 'rootfs.initrd-conflict',
    message: /\/bin\/busybox/,
  });
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

test("this machine's busybox reads our module index and dmsetup runs", async (t) => {
  const busybox = await hostView.resolve('bin/busybox');
  const dmsetup = await hostView.resolve('sbin/dmsetup');
  if (process.getuid?.() !== 0 || busybox === undefined || dmsetup === undefined) {
    t.pass('needs root, busybox and dmsetup');
    return;
  }
  const { 'usr/bin/busybox': _, 'usr/sbin/dmsetup': __, ...rootfs } = ROOTFS;
  const packed = await packInitrd(await plan({ host: hostView }, rootfs), {}, 0);
  const top = await unpacked(t, packed);
  // modprobe asks for the running kernel's folder.
  const script = [
    'cd "$1"; mv lib/modules/* "lib/modules/$(uname -r)"; touch proc/modules',
    'inside() { chroot . /bin/busybox "$@"; }',
    'inside modprobe -D sr_mod; inside modprobe -D scsi:t-0x05; inside modprobe -D fs_x',
    'inside modprobe isofs; inside xzcat "/lib/modules/$(uname -r)/fs_x.ko.xz" | cksum',
    'chroot . /sbin/dmsetup version | head -n 1',
  ].join('\n');
  const said = (await run(SHELL, ['-ec', script, 'sh', top])).toString();
  const lines = said
    .trim()
    .split('\n')
    .map((line) => line.replace(/\/lib\/modules\/[^/]*\//, '').trim());
  t.deepEqual(lines.slice(0, 6), [
    'insmod cdrom.ko.xz',
    'insmod sr_mod.ko.xz',
    'insmod cdrom.ko.xz',
    'insmod sr_mod.ko.xz',
    'insmod cdrom.ko.xz',
    'insmod fs_x.ko.xz',
  ]);
  t.true(lines[6]?.endsWith(String(moduleContent('fs-x').length)));
  t.regex(lines[7] ?? '', /^Library version:/);
});
