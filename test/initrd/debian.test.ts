import test from 'ava';
import { initrdKeep } from '../../src/initrd/keep.js';
import { findKernel } from '../../src/initrd/kernel.js';
import { packInitrd, planInitrd } from '../../src/initrd/plan-initrd.js';
import { sourceView } from '../../src/initrd/root-view.js';
import { readTemplates } from '../../src/initrd/templates.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { type DebianArchitecture, debianTar } from '../fixtures/debian.js';

const NEEDED = ['ahci', 'ata_piix', 'cdrom', 'crc32c_generic', 'dm_mod', 'dm_snapshot', 'ext4'];
NEEDED.push('isofs', 'sd_mod', 'sr_mod', 'uas', 'usb_storage', 'virtio_blk', 'xhci_pci', 'zram');

for (const arch of ['i386', 'amd64'] satisfies DebianArchitecture[]) {
  test(`the initrd of Debian ${arch}`, async (t) => {
    t.timeout(10 * 60_000);
    const source = await openSource(await debianTar(arch), { keep: initrdKeep() });
    t.teardown(() => source.close());
    const rootfs = sourceView(source);
    const kernel = await findKernel(rootfs);
    t.is(kernel.arch, arch);
    t.true(kernel.version.endsWith(arch === 'i386' ? '686' : 'amd64'), kernel.version);

    const plan = await planInitrd(rootfs, { kernel, templates: await readTemplates() });
    t.deepEqual(
      NEEDED.filter((name) => !plan.modules.includes(name)),
      [],
    );
    t.false(plan.modules.includes('crc32c_intel'));
    t.deepEqual(plan.notes, []);

    const packed = await packInitrd(plan, { 'etc/live.conf': '' }, 1_700_000_000);
    t.log(`${packed.data.length} packed, ${packed.unpackedPages} unpacked, ${packed.files} files`);
    t.true(packed.data.length < 6 * 1024 * 1024);
    t.true(packed.unpackedPages < 10 * 1024 * 1024);
    const names = plan.records.map(({ name }) => name);
    t.true(names.some((name) => /^lib\/libdevmapper\.so/.test(name)));
    const loader = arch === 'i386' ? 'lib/ld-linux.so.2' : 'lib/ld-linux-x86-64.so.2';
    t.true(names.some((name) => name.startsWith(loader)));
  });
}
