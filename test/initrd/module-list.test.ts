import test from 'ava';
import fc from 'fast-check';
import { parseModuleList } from '../../src/initrd/module-list.js';
import { readTemplates } from '../../src/initrd/templates.js';

test('alternatives, optional ones, patterns, exclusions, comments', (t) => {
  const group = 'core';
  t.deepEqual(parseModuleList('sr_mod # drive\n\next4 | ext2\n?usb-storage\npata_*\n!pata-x\n'), {
    wishes: [
      { group, alternatives: ['sr_mod'], optional: false },
      { group, alternatives: ['ext4', 'ext2'], optional: false },
      { group, alternatives: ['usb_storage'], optional: true },
      { group, alternatives: ['pata_*'], optional: true },
    ],
    excluded: new Set(['pata_x']),
  });
});

test('a section begins a group; one may come twice', (t) => {
  const groups = (text: string) =>
    parseModuleList(text).wishes.map(({ group, alternatives }) => [group, alternatives[0]]);
  t.deepEqual(groups('a\n [ata] # disks\nb\n?c\n[usb]\nd\n[ata]\ne\n'), [
    ['core', 'a'],
    ['ata', 'b'],
    ['ata', 'c'],
    ['usb', 'd'],
    ['ata', 'e'],
  ]);
});

test('what is no name of a file is no section, but a module that no kernel has', (t) => {
  for (const line of ['[../x]', '[a b]', '[]', '[*]', '[a/b]', '[a']) {
    const { wishes } = parseModuleList(`${line}\nloop\n`);
    t.deepEqual(
      wishes.map(({ group, alternatives }) => [group, alternatives]),
      [
        ['core', [line]],
        ['core', ['loop']],
      ],
      line,
    );
  }
});

test('any text is read: every line is a wish, an exclusion, a section or nothing', (t) => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('[ata]', '!x', '?y', '# z', '', 'a|b', '__proto__', '[', ']', '|'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { wishes, excluded } = parseModuleList(lines.join('\n'));
      t.true(wishes.length + excluded.size <= lines.join('\n').split('\n').length);
      for (const { group } of wishes) t.regex(group, /^[a-z0-9]+$/);
    }),
  );
});

test('our own list asks for what a live CD needs', async (t) => {
  const { wishes } = parseModuleList((await readTemplates()).moduleList);
  const groupOf = new Map(wishes.map(({ alternatives, group }) => [alternatives[0], group]));
  const required = wishes
    .filter(({ optional }) => !optional)
    .map(({ alternatives }) => alternatives[0]);
  for (const name of ['sr_mod', 'isofs', 'dm_snapshot', 'ext4']) {
    t.true(required.includes(name), name);
    // Every boot loads these: they come out of one archive at once.
    t.is(groupOf.get(name), 'core', name);
  }
  // Few kernels have it; where it is, an ISO file on NTFS is found.
  const ntfs = wishes.find(({ alternatives }) => alternatives.includes('ntfs3'));
  t.deepEqual(ntfs, { group: 'core', alternatives: ['ntfs3', 'ntfs'], optional: true });
  const drivers = {
    ata_piix: 'ata',
    ahci: 'ata',
    mptspi: 'scsi',
    virtio_blk: 'virtio',
    uas: 'usb',
  };
  for (const [name, group] of Object.entries(drivers)) t.is(groupOf.get(name), group, name);
});
