import test from 'ava';
import fc from 'fast-check';
import type { SnapdiscError } from '../../src/errors.js';
import { type ModuleIndexFiles, parseModuleIndex } from '../../src/initrd/module-index.js';
import { parseModuleList } from '../../src/initrd/module-list.js';
import { chooseModules, loadOrder } from '../../src/initrd/modules.js';

const DEBIAN: ModuleIndexFiles = {
  dep: [
    'kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/mbcache.ko kernel/fs/jbd2/jbd2.ko',
    'kernel/fs/jbd2/jbd2.ko:',
    'kernel/fs/mbcache.ko:',
    'kernel/lib/crc16.ko:',
    'kernel/crypto/crc32c_generic.ko:',
    'kernel/arch/x86/crypto/crc32c-intel.ko:',
    'kernel/drivers/scsi/sr_mod.ko: kernel/drivers/scsi/scsi_mod.ko kernel/drivers/cdrom/cdrom.ko',
    'kernel/drivers/scsi/scsi_mod.ko:',
    'kernel/drivers/cdrom/cdrom.ko:',
    'kernel/drivers/ata/pata_via.ko: kernel/drivers/scsi/scsi_mod.ko',
    'kernel/drivers/ata/pata_pcmcia.ko:',
    'kernel/drivers/usb/storage/usb-storage.ko: kernel/drivers/scsi/scsi_mod.ko',
    '',
  ].join('\n'),
  builtin: 'kernel/fs/isofs/isofs.ko\nkernel/crypto/lzo-rle.ko\n',
  builtinModinfo: 'lzo_rle.alias=crypto-lzo-rle\0',
  softdep: 'softdep ext4 pre: crypto-crc32c\nsoftdep jbd2 pre: crypto-crc32c\n',
  alias: [
    'alias crypto-crc32c crc32c_intel',
    'alias cpu:type:x86,ven*fam*mod*:feature:*0094* crc32c_intel',
    'alias crypto-crc32c crc32c_generic',
    'alias fs-ext4 ext4',
    'alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage',
    'alias pci:v00001106d*sv*sd*bc*sc*i* pata_via',
    '',
  ].join('\n'),
};
const INDEX = parseModuleIndex(DEBIAN);
const choose = (list: string, extra: string[] = [], index = INDEX) =>
  chooseModules(index, parseModuleList(list), extra, '6.1.0');
const names = (list: string, extra: string[] = []) =>
  choose(list, extra).modules.map(({ name }) => name);

test('ext4 brings the checksum its softdep names, the portable one, loaded first', (t) => {
  const { modules } = choose('ext4 | ext2');
  t.deepEqual(
    modules.map(({ name }) => name),
    ['crc16', 'crc32c_generic', 'ext4', 'jbd2', 'mbcache'],
  );
  const before = modules.find(({ name }) => name === 'ext4')?.before ?? [];
  t.deepEqual([...before].sort(), ['crc16', 'crc32c_generic', 'jbd2', 'mbcache']);
  t.is(before[0], 'crc32c_generic');
});

test('what is built in is there and brings nothing', (t) => {
  t.deepEqual(names('isofs\nlzo-rle\ncrypto-lzo-rle'), []);
});

test('alternatives, optional names, patterns and exclusions', (t) => {
  t.deepEqual(names('ext9 | crc16'), ['crc16']);
  t.deepEqual(names('?nothing\nnothing_*'), []);
  t.deepEqual(names('pata_*\n!pata_pcmcia'), ['pata_via', 'scsi_mod']);
  t.deepEqual(names('usb-storage'), ['scsi_mod', 'usb_storage']);
});

test('aliases of chosen modules only', (t) => {
  t.deepEqual(choose('ext4').aliases, [
    { pattern: 'crypto-crc32c', module: 'crc32c_generic' },
    { pattern: 'fs-ext4', module: 'ext4' },
  ]);
});

test('a module lies in the group of the first line that needs it, however', (t) => {
  const groups = (list: string, extra: string[] = []) =>
    Object.fromEntries(choose(list, extra).modules.map(({ name, group }) => [name, group]));
  t.deepEqual(groups('[ata]\npata_via\n[usb]\nusb-storage\n'), {
    pata_via: 'ata',
    scsi_mod: 'ata',
    usb_storage: 'usb',
  });
  t.deepEqual(groups('[usb]\nusb-storage\n[ata]\nscsi_mod\npata_*\n!pata_pcmcia\n'), {
    pata_via: 'ata',
    scsi_mod: 'usb',
    usb_storage: 'usb',
  });
  // A soft need counts as well, and the list goes before what the user names.
  t.deepEqual(groups('sr_mod\n[fs]\next4\n', ['crc32c_generic', 'scsi_mod', 'pata_via']), {
    cdrom: 'core',
    crc16: 'fs',
    crc32c_generic: 'fs',
    ext4: 'fs',
    jbd2: 'fs',
    mbcache: 'fs',
    pata_via: 'extra',
    scsi_mod: 'core',
    sr_mod: 'core',
  });
});

test('modules the user names, by name, pattern or alias', (t) => {
  t.deepEqual(names('', ['usb_storage']), ['scsi_mod', 'usb_storage']);
  t.deepEqual(names('', ['fs-ext4']).includes('ext4'), true);
  t.deepEqual(names('', ['pata_*']), ['pata_pcmcia', 'pata_via', 'scsi_mod']);
  t.deepEqual(names('', ['isofs']), []);
});

test('unknown modules are listed together, with names like theirs', (t) => {
  const error = t.throws<SnapdiscError>(() => choose('', ['usbstorage', 'zzz', 'qq_*']));
  t.is(error.code, 'usage.unknown-module');
  t.regex(error.message, /no module usbstorage, zzz, qq_\*/);
  t.regex(error.hint ?? '', /: usb_storage\./);
  t.regex(t.throws<SnapdiscError>(() => choose('', ['zzz'])).hint ?? '', /Look for the name/);
});

test('a kernel without CD-ROM drives is refused with the reason', (t) => {
  const cloud = parseModuleIndex({ ...DEBIAN, dep: 'kernel/fs/ext4/ext4.ko:\n', builtin: '' });
  const error = t.throws<SnapdiscError>(() => choose('sr_mod\nisofs\next4', [], cloud));
  t.is(error.code, 'rootfs.no-optical');
  t.regex(error.message, /no sr_mod, no isofs/);
  t.regex(error.hint ?? '', /"cloud".*linux-image-amd64.*linux-image-686/);
});

test('all that is lacking is named together', (t) => {
  const error = t.throws<SnapdiscError>(() => choose('dm-mod\next9 | ext8\nsr_mod'));
  t.is(error.code, 'rootfs.modules-missing');
  t.regex(error.message, /no dm_mod, no ext9 or ext8,/);
});

test('in any graph, cycles included, everything needed comes before and nothing twice', (t) => {
  const graph = fc.array(fc.array(fc.nat(14), { maxLength: 4 }), { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(graph, fc.nat(14), (edges, start) => {
      const dep = edges
        .map((to, at) => `m${at}.ko: ${to.map((n) => `m${n}.ko`).join(' ')}`)
        .join('\n');
      const index = parseModuleIndex({ ...DEBIAN, dep, softdep: '' });
      const reachable = new Set<number>();
      const visit = (at: number) => {
        if (reachable.has(at)) return;
        reachable.add(at);
        for (const next of edges[at] ?? []) visit(next);
      };
      visit(start);
      const { modules } = choose('', [`m${start}`], index);
      const reached = [...reachable].map((n) => `m${n}`);
      t.deepEqual(
        modules.map(({ name }) => name),
        reached.sort(),
      );
      for (const { name, before } of modules) {
        t.is(new Set(before).size, before.length);
        t.false(before.includes(name));
      }
    }),
  );
});

test('without cycles, every module comes after all it needs', (t) => {
  const graph = fc.array(fc.array(fc.nat(1000), { maxLength: 4 }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(graph, (raw) => {
      const edges = raw.map((to, at) => to.filter(() => at > 0).map((n) => n % Math.max(at, 1)));
      const dep = edges
        .map((to, at) => `m${at}.ko: ${to.map((n) => `m${n}.ko`).join(' ')}`)
        .join('\n');
      const index = parseModuleIndex({ ...DEBIAN, dep, softdep: '' });
      const { modules } = choose('', [`m${edges.length - 1}`], index);
      const before = modules.find(({ name }) => name === `m${edges.length - 1}`)?.before ?? [];
      for (const [at, name] of before.entries()) {
        for (const need of edges[Number(name.slice(1))] ?? []) {
          t.true(before.indexOf(`m${need}`) < at, `${dep}\n${before}`);
        }
      }
    }),
  );
});

test('needs may be nested deeper than the call stack', (t) => {
  const dep = Array.from({ length: 20_000 }, (_, at) => `m${at}.ko: m${at + 1}.ko`).join('\n');
  const index = parseModuleIndex({ ...DEBIAN, dep: `${dep}\nm20000.ko:`, softdep: '' });
  t.is(loadOrder(index, 'm0').length, 20_000);
});
