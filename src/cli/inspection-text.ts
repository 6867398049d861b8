import { ISO_BLOCK } from '../units.js';
import { formatBytes, formatCount, formatTable } from './format.js';
import type { InspectedExt2, InspectedFile, InspectedHybrid, Inspection } from './inspection.js';

/** An inspection as people read it. Pure. */
export function inspectionLines(inspection: Inspection): string[] {
  const { volume, target, boot, hybrid, files, rootFilesystem } = inspection;
  const wishes = Object.values(target ?? {});
  const identifiers = [
    ['System', volume.systemId],
    ['Application', volume.applicationId],
    ['Publisher', volume.publisher],
    ['Preparer', volume.preparer],
    ['Volume set', volume.volumeSetId],
  ].filter(([, value]) => value !== '');
  return [
    'Volume',
    ...indent([
      ['Label', volume.label],
      ['Size', `${formatBytes(volume.blocks * ISO_BLOCK)} (${formatCount(volume.blocks)} blocks)`],
      ['Made', volume.created ?? 'unknown'],
      ['Rock Ridge', volume.rockRidge ? 'yes' : 'no'],
      ...(wishes.length === 0 ? [] : [['Made for', wishes.join(', ')]]),
      ...identifiers,
    ]),
    '',
    'Booting',
    ...indent([
      ...boot.map(({ path, block, bootable }) => [
        'CD',
        `${path ?? 'no file'} at block ${block}${bootable ? '' : ', not bootable'}`,
      ]),
      ...(boot.length === 0 ? [['CD', 'no']] : []),
      ['Stick', hybridText(hybrid)],
    ]),
    ...(rootFilesystem === null ? [] : ['', 'Root filesystem', ...ext2Lines(rootFilesystem)]),
    '',
    'Files',
    ...indent(files.map(fileRow), ['right', 'right', 'left']),
  ];
}

function hybridText(hybrid: InspectedHybrid | null): string {
  if (hybrid?.bootable !== true) return 'no';
  const count = hybrid.partitions.length;
  return `yes, disk id ${hybrid.diskId}, ${count} partition${count === 1 ? '' : 's'}`;
}

function ext2Lines(ext2: InspectedExt2): string[] {
  return indent([
    ['File', ext2.path],
    ...(ext2.compression === null ? [] : [['Compressed', ext2.compression]]),
    ...(ext2.hotCopy === null
      ? []
      : [['Read first', `${ext2.hotCopy}, its first part compressed`]]),
    ['UUID', ext2.uuid],
    ...(ext2.label === '' ? [] : [['Label', ext2.label]]),
    ['State', ext2.clean ? 'clean' : 'not clean'],
    ['4 KiB blocks', `${formatCount(ext2.blocks)} in ${formatCount(ext2.groups)} groups`],
    ...(ext2.storedBlocks === null ? [] : [['Stored', formatCount(ext2.storedBlocks)]]),
    ['Free', formatCount(ext2.freeBlocks)],
    ['Inodes', `${formatCount(ext2.inodes)}, ${formatCount(ext2.freeInodes)} free`],
    ['Features', ext2.features.join(' ')],
  ]);
}

function fileRow({ path, kind, size, extents, target }: InspectedFile): string[] {
  const where = (extents ?? []).map(({ block }) => String(block)).join(' ');
  const name = kind === 'directory' ? `${path}/` : path;
  return [
    size === undefined ? '' : formatBytes(size),
    where,
    target === undefined ? name : `${name} -> ${target}`,
  ];
}

function indent(
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string[] {
  return formatTable(rows, align).map((line) => `  ${line}`);
}
