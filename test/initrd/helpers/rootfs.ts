/** A small root filesystem that has all an initrd needs, and the plan of its initrd. */
import { gzipSync } from 'node:zlib';
import { staticFile } from '../../../src/cpio/newc.js';
import { findKernel } from '../../../src/initrd/kernel.js';
import { type InitrdOptions, planInitrd } from '../../../src/initrd/plan-initrd.js';
import type { RootView } from '../../../src/initrd/root-view.js';
import { fakeBusybox } from './busybox.js';
import { elf } from './elf.js';
import { kernelImage } from './kernel.js';
import { type Files, view } from './view.js';

export const VERSION = '6.1.0-test';
export const MODULES = `usr/lib/modules/${VERSION}`;

/** What is in the module `name` of ROOTFS. */
export const moduleContent = (name: string) =>
  Buffer.from(`\x7fELF ${name} `.repeat(200), 'latin1');

/** sr_mod and fs-x need cdrom; isofs is built in. */
export const ROOTFS: Files = {
  lib: '-> usr/lib',
  [`boot/vmlinuz-${VERSION}`]: kernelImage(VERSION),
  [`${MODULES}/modules.dep`]:
    'kernel/sr_mod.ko: kernel/cdrom.ko\nkernel/cdrom.ko:\nkernel/fs-x.ko.gz: kernel/cdrom.ko\nkernel/usb.ko:\n',
  [`${MODULES}/modules.builtin`]: 'kernel/isofs.ko\n',
  [`${MODULES}/modules.alias`]:
    'alias scsi:t-0x05* sr_mod\nalias fs-iso9660 isofs\nalias usb:v*p* usb\n',
  [`${MODULES}/kernel/sr_mod.ko`]: moduleContent('sr_mod'),
  [`${MODULES}/kernel/cdrom.ko`]: moduleContent('cdrom'),
  [`${MODULES}/kernel/fs-x.ko.gz`]: gzipSync(moduleContent('fs-x')),
  [`${MODULES}/kernel/usb.ko`]: moduleContent('usb'),
  'usr/bin/busybox': fakeBusybox(),
  'usr/sbin/dmsetup': elf({ interpreter: '/lib64/ld.so', needed: ['libdm.so.1'] }),
  'usr/lib64/libdm.so.1': '-> libdm.so.1.0',
  'usr/lib64/libdm.so.1.0': elf({ soname: 'libdm.so.1' }),
  lib64: '-> usr/lib64',
  'usr/lib64/ld.so': elf(),
};

export const INIT = staticFile('init', Buffer.from('#!/bin/sh\n'), 0o755);
export const MODULE_LIST = 'sr_mod\nisofs\n[more]\n?fs-x\n';
const NOTHING = view({}, 'the machine that builds');

/** The plan for the initrd of `files`, whose builder has nothing of use. */
export async function plan(options: Partial<InitrdOptions> = {}, files: Files = ROOTFS) {
  return planOf(view(files), options);
}

async function planOf(rootfs: RootView, options: Partial<InitrdOptions>) {
  const kernel = await findKernel(rootfs);
  const templates = { scripts: [INIT], moduleList: MODULE_LIST };
  return planInitrd(rootfs, { kernel, templates, host: NOTHING, ...options });
}
