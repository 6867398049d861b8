import { access } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parseElf } from '../../src/initrd/elf.js';
import { initrdKeep } from '../../src/initrd/keep.js';
import { findKernel } from '../../src/initrd/kernel.js';
import { packInitrd, planInitrd } from '../../src/initrd/plan-initrd.js';
import { sourceView } from '../../src/initrd/root-view.js';
import { readTemplates } from '../../src/initrd/templates.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { type DebianArchitecture, debianTar } from '../fixtures/debian.js';
import { initShell } from './helpers/init-shell.js';
import { namesIn, partsOf, unpacked } from './helpers/unpack.js';

const NEEDED = ['ahci', 'ata_piix', 'cdrom', 'crc32c_generic', 'dm_mod', 'dm_snapshot', 'dm_zero'];
NEEDED.push(
  'ext4',
  'isofs',
  'loop',
  'mptsas',
  'mptspi',
  'ohci_pci',
  'pata_via',
  'sd_mod',
  'sr_mod',
);
NEEDED.push('sym53c8xx', 'uas', 'uhci_hcd', 'usb_storage', 'virtio_blk', 'virtio_scsi', 'xhci_pci');
NEEDED.push('brd', 'ehci_pci', 'zram');

/** Bytes; every drive of a CD's age reads this in about a second. */
const MOST_PACKED = 4_000_000;

const MACHINES = {
  i386: { elf: { bits: 32, machine: 3 }, flavour: '-686', loader: 'ld-linux.so.2', base: 'gzip' },
  amd64: {
    elf: { bits: 64, machine: 62 },
    flavour: '-amd64',
    loader: 'ld-linux-x86-64.so.2',
    base: 'xz',
  },
} as const;

for (const arch of ['i386', 'amd64'] satisfies DebianArchitecture[]) {
  test(`the initrd of Debian ${arch}`, async (t) => {
    const source = await openSource(await debianTar(arch), { keep: initrdKeep() });
    t.teardown(() => source.close());
    const rootfs = sourceView(source);
    const kernel = await findKernel(rootfs);
    const machine = MACHINES[arch];
    t.is(kernel.arch, arch);
    t.true(kernel.version.endsWith(machine.flavour), kernel.version);

    const plan = await planInitrd(rootfs, { kernel, templates: await readTemplates() });
    t.deepEqual(
      NEEDED.filter((name) => !plan.modules.includes(name)),
      [],
    );
    t.false(plan.modules.includes('crc32c_intel'));
    t.deepEqual(plan.notes, []);

    const packed = await packInitrd(plan);
    // As long as they are on a disc.
    const initrd = await packed.withConfiguration({
      'etc/live.conf': '#'.repeat(300),
      'etc/origin.table': '#'.repeat(4000),
    });
    t.log(`${initrd.length} packed, ${packed.unpackedPages} unpacked, ${packed.files} files`);
    t.true(initrd.length <= MOST_PACKED, `${initrd.length}`);
    t.true(packed.unpackedPages < 6_000_000, `${packed.unpackedPages}`);
    t.is(partsOf(initrd).compression, machine.base);

    const top = await unpacked(t, initrd);
    await access(join(top, 'lib', machine.loader));
    const programs = await namesIn(join(top, 'lib/live/programs.cpio.xz'));
    t.true(programs.includes('sbin/dmsetup'));
    t.true(programs.some((name) => /^lib\/libdevmapper\.so/.test(name)));
    // What busybox brings along is not there twice.
    t.false(programs.some((name) => /^lib\/(?:ld-linux.*|libc)\.so/.test(name)));

    const shell = await initShell(top);
    if (shell === undefined) {
      t.log(`programs for ${arch} can't run here`);
      return;
    }
    // As the init does it: its programs, then every module it has.
    const [version] = await shell.lines('unpack_programs && dmsetup version | head -n 1');
    t.regex(version ?? '', /^Library version: +1\./);
    const inserted = await shell.lines(`load_modules ${plan.modules.join(' ')}`);
    t.deepEqual(inserted.map((line) => line.replace(/^insmod .*\/|\.ko.*$/g, '')).sort(), [
      ...plan.modules,
    ]);
    for (const name of plan.modules) {
      const { bits, machine: isa } = parseElf(await shell.inserted(name));
      t.deepEqual({ bits, machine: isa }, machine.elf, name);
    }
  });
}
