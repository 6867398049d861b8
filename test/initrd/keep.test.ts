import test from 'ava';
import { initrdKeep } from '../../src/initrd/keep.js';

const MIB = 1024 * 1024;

const KEPT = [
  'usr/lib/modules/6.1.0-28-686/modules.dep',
  'lib/modules/6.1.0/modules.alias',
  'lib/modules/6.1.0/modules.builtin.modinfo',
  'boot/vmlinuz-6.1.0-28-686',
  'usr/lib/modules/6.9.1/vmlinuz',
  'boot/config-6.1.0-28-amd64',
  'usr/lib/modules/6.9.1/config',
  'usr/bin/busybox',
  'bin/busybox.static',
  'sbin/dmsetup',
  'etc/ld.so.conf',
  'etc/ld.so.conf.d/x86_64-linux-gnu.conf',
  'etc/ld-musl-x86_64.path',
  'usr/lib/x86_64-linux-gnu/libc.so.6',
  'lib/i386-linux-gnu/libc-2.31.so',
  'usr/lib64/ld-linux-x86-64.so.2',
  'lib/ld-musl-x86_64.so.1',
  'usr/lib/x86_64-linux-gnu/libdevmapper.so.1.02.1',
  'usr/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2',
];
const PASSED_OVER = [
  'usr/lib/modules/6.1.0/modules.dep.bin',
  'usr/lib/modules/6.1.0/kernel/fs/ext4/ext4.ko',
  'usr/lib/modules/6.1.0/modules.alias/x',
  'boot/initrd.img-6.1.0',
  'boot/grub/config-6.1.0',
  'etc/config',
  'usr/bin/bash',
  'home/user/bin/busybox',
  'usr/share/doc/busybox',
  'usr/lib/x86_64-linux-gnu/libLLVM.so.14',
  'usr/lib/x86_64-linux-gnu/libmagic.so.1',
  'etc/passwd',
];

test('keeps what the initrd is made of', (t) => {
  const keep = initrdKeep();
  for (const path of KEPT) t.true(keep(path, 1000), path);
  for (const path of PASSED_OVER) t.false(keep(path, 1000), path);
});

test('keeps nothing of unlikely size, and not more than its budget', (t) => {
  const keep = initrdKeep();
  t.false(keep('usr/bin/busybox', 100 * MIB));
  const kept = Array.from({ length: 100 }, (_, at) => keep(`boot/vmlinuz-${at}`, 10 * MIB));
  t.is(kept.filter(Boolean).length, 19);
  t.true(keep('usr/bin/busybox', MIB), 'small files still fit');
  t.true(initrdKeep()('boot/vmlinuz-1', 10 * MIB), 'each source has its own budget');
});
