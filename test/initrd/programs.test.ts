import test from 'ava';
import type { SnapdiscError } from '../../src/errors.js';
import { findPrograms } from '../../src/initrd/programs.js';
import { fakeBusybox } from './helpers/busybox.js';
import { elf } from './helpers/elf.js';
import { type Files, view } from './helpers/view.js';

const I386 = { bits: 32, machine: 3 } as const;
const AARCH64 = { bits: 64, machine: 183 } as const;
const rootfs = (files: Files) => view(files);
const host = (files: Files) => view(files, 'the machine that builds');

test('takes both from the root filesystem', async (t) => {
  const root = rootfs({
    bin: '-> usr/bin',
    'usr/bin/busybox': fakeBusybox(),
    'usr/sbin/dmsetup': elf({ needed: ['libdm.so'] }),
    'lib64/libdm.so': elf(),
  });
  const { busybox, dmsetup } = await findPrograms([root, host({})], 'amd64');
  t.is(busybox.file.source, 'usr/bin/busybox');
  t.is(busybox.file.target, 'bin/busybox');
  t.is(busybox.view, root);
  t.deepEqual(
    dmsetup.libraries.map(({ target }) => target),
    ['lib/libdm.so'],
  );
});

test('takes what is missing from the machine that builds', async (t) => {
  const machine = host({ 'sbin/dmsetup': elf(), 'bin/busybox': fakeBusybox() });
  const found = await findPrograms([rootfs({ 'bin/busybox': fakeBusybox() }), machine], 'amd64');
  t.is(found.busybox.view.description, 'the root filesystem');
  t.is(found.dmsetup.view.description, 'the machine that builds');
});

test('a busybox with libraries and a dmsetup from elsewhere do not mix', async (t) => {
  const files = { 'bin/busybox': fakeBusybox({ needed: ['libc.so.6'] }), 'lib/libc.so.6': elf() };
  const withBoth = host({ ...files, 'sbin/dmsetup': elf({ needed: ['libc.so.6'] }) });
  const found = await findPrograms([rootfs(files), withBoth], 'amd64');
  t.is(found.busybox.view, withBoth);
  const withoutBusybox = host({ 'sbin/dmsetup': elf() });
  await t.throwsAsync(findPrograms([rootfs(files), withoutBusybox], 'amd64'), {
    code: 'rootfs.dmsetup-missing',
    message: /other libraries than busybox/,
  });
});

test('a busybox with libraries is preferred to a static one: it shares them with dmsetup', async (t) => {
  const files = {
    'bin/busybox': fakeBusybox({ needed: ['libc.so.6'] }),
    'bin/busybox.static': fakeBusybox(),
    'lib/libc.so.6': elf(),
  };
  const root = rootfs({ ...files, 'sbin/dmsetup': elf({ needed: ['libc.so.6'] }) });
  const { busybox } = await findPrograms([root], 'amd64');
  t.is(busybox.file.source, 'bin/busybox');
  t.is(busybox.file.target, 'bin/busybox');
  const onlyStatic = rootfs({ 'bin/busybox.static': fakeBusybox(), 'sbin/dmsetup': elf() });
  const found = await findPrograms([onlyStatic], 'amd64');
  t.is(found.busybox.file.source, 'bin/busybox.static');
  t.is(found.busybox.file.target, 'bin/busybox');

  // The static one suits any dmsetup.
  const machine = host({ 'sbin/dmsetup': elf({ needed: ['libx.so'] }), 'lib/libx.so': elf() });
  const mixed = await findPrograms([rootfs(files), machine], 'amd64');
  t.is(mixed.busybox.file.source, 'bin/busybox.static');
  t.is(mixed.busybox.view.description, 'the root filesystem');
  t.is(mixed.dmsetup.view, machine);
});

test('machine code has to suit the kernel', async (t) => {
  const small = rootfs({ 'bin/busybox': fakeBusybox(I386), 'sbin/dmsetup': elf(I386) });
  t.is((await findPrograms([small], 'i386')).busybox.file.source, 'bin/busybox');
  t.is((await findPrograms([small], 'amd64')).busybox.file.source, 'bin/busybox');
  const large = host({ 'bin/busybox': fakeBusybox(), 'sbin/dmsetup': elf() });
  const error = await t.throwsAsync(findPrograms([rootfs({}), large], 'i386'), {
    code: 'rootfs.busybox-missing',
  });
  t.regex(
    error.message,
    /\/bin\/busybox in the machine that builds does not run on the i386 kernel/,
  );
  const foreign = host({ 'bin/busybox': fakeBusybox(AARCH64) });
  await t.throwsAsync(findPrograms([foreign], 'amd64'), { message: /does not run on the amd64/ });
});

test('names the package of what is nowhere', async (t) => {
  const none = [rootfs({}), host({})];
  await t.throwsAsync(findPrograms(none, 'amd64'), {
    code: 'rootfs.busybox-missing',
    message: /in the root filesystem or the machine that builds/,
  });
  const error = await t.throwsAsync<SnapdiscError>(
    findPrograms([rootfs({ 'bin/busybox': fakeBusybox() })], 'amd64'),
  );
  t.is(error.code, 'rootfs.dmsetup-missing');
  t.regex(error.hint ?? '', /Debian package dmsetup/);
  await t.throwsAsync(findPrograms([rootfs({ 'bin/busybox': '#!/bin/sh' })], 'amd64'), {
    message: /can't be used: it is not an ELF file/,
  });
});

test('lists every applet that is lacking', async (t) => {
  const root = rootfs({ 'bin/busybox': fakeBusybox({}, ['losetup', 'switch_root']) });
  const error = await t.throwsAsync(findPrograms([root], 'amd64'), {
    code: 'rootfs.busybox-applets',
  });
  t.regex(error.message, /has no losetup, switch_root;/);
  await t.throwsAsync(findPrograms([rootfs({ 'bin/busybox': elf() })], 'amd64'), {
    code: 'rootfs.busybox-applets',
    message: /no applets that could be found/,
  });
});

test('a broken loader of the rootfs is an error, not a reason to look elsewhere', async (t) => {
  const root = rootfs({
    'bin/busybox': fakeBusybox(),
    'sbin/dmsetup': elf({ needed: ['libx.so'] }),
  });
  await t.throwsAsync(findPrograms([root, host({ 'sbin/dmsetup': elf() })], 'amd64'), {
    code: 'rootfs.library-missing',
    message: /libx\.so \(needed by \/sbin\/dmsetup\)/,
  });
});
