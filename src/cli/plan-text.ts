import type { BuildPlan, PlannedMedium, PlannedProfile, PlannedSizes } from '../build/plan.js';
import { mediumProblem } from '../build/target-checks.js';
import { TRANSFER_RATE } from '../optical/drive-model.js';
import type { PackedCompression } from '../packed-root/compression.js';
import { formatBytes, formatCount, formatTable } from './format.js';

const SIZES: readonly (readonly [keyof PlannedSizes, string])[] = [
  ['iso', 'the whole image'],
  ['rootImage', 'root filesystem, as stored'],
  ['hotCopy', 'compressed copy of what a boot reads, at most'],
  ['initrd', 'initrd, packed'],
  ['kernel', 'kernel'],
  ['headroom', 'headroom, room for changes at most'],
];

/** In place of the first where it is not known how small the copy gets. */
const MOST_SIZE: (typeof SIZES)[number] = ['iso', 'the whole image, at most'];

/** In place of the first ones where root.img is compressed. */
const PACKED_SIZES: typeof SIZES = [
  ['iso', 'the whole image, at most: how small it gets is known when it is compressed'],
  ['rootImage', 'root filesystem, before it is compressed'],
];

/** A plan as people read it: the dry run's output. Pure. */
export function planLines(plan: BuildPlan): string[] {
  const { ext2 } = plan;
  return [
    ...formatTable([
      ['Source', plan.source],
      ['Output', plan.output],
      ['Kernel', `${plan.kernel.version} (${plan.kernel.arch})`],
      ['Login', plan.login],
      ...(plan.medium === undefined ? [] : [['Medium', mediumText(plan.medium, plan.sizes)]]),
    ]),
    ...section(
      'Stages',
      formatTable(
        plan.stages.map(({ title, bytes }, index) => [
          `${index + 1}.`,
          title,
          bytes === undefined ? '' : formatBytes(bytes),
        ]),
        ['right', 'left', 'right'],
      ),
    ),
    ...section('Sizes', formatTable(sizeRows(plan), ['right', 'left'])),
    ...section(
      'Filesystem',
      formatTable([
        ['ext2', ext2.uuid],
        ['4 KiB blocks', `${formatCount(ext2.blocks)} in ${formatCount(ext2.groups)} groups`],
        ['stored', formatCount(ext2.storedBlocks)],
        ['free', formatCount(ext2.freeBlocks)],
        ['inodes', formatCount(ext2.inodes)],
      ]),
    ),
    ...section(
      'Compression',
      plan.compression === undefined ? [] : compressionTable(plan.compression),
    ),
    ...section('Boot profile', plan.profile === undefined ? [] : profileTable(plan.profile)),
    ...section(
      'Tools',
      formatTable(
        plan.tools.map(({ program, purpose, found }) => [
          found ? 'found' : 'MISSING',
          program,
          purpose,
        ]),
      ),
    ),
    ...section('Warnings', [...plan.warnings, ...mediumWarnings(plan)]),
  ];
}

/** `CD-R of 700 MB, at least 252 MiB left`: how small a compressed copy gets is not known yet. Pure. */
export function mediumText({ title, left }: PlannedMedium, { hotCopy }: PlannedSizes): string {
  if (left < 0) return `${title}, ${formatBytes(-left)} too small`;
  return `${title}, ${hotCopy > 0 ? 'at least ' : ''}${formatBytes(left)} left`;
}

/** Why a plan will not be carried out, and what helps. Pure. */
export function mediumWarnings({ medium }: BuildPlan): string[] {
  const problem = mediumProblem(medium);
  return problem === undefined ? [] : [`${problem.message} ${problem.hint}`];
}

function sizeRows({ sizes, compression }: BuildPlan): string[][] {
  const first = compression !== undefined ? PACKED_SIZES : sizes.hotCopy > 0 ? [MOST_SIZE] : [];
  const meanings = [...first, ...SIZES.slice(first.length)];
  return meanings
    .filter(([name]) => name !== 'hotCopy' || sizes.hotCopy > 0)
    .map(([name, meaning]) => [formatBytes(sizes[name]), meaning]);
}

function compressionTable({ format, algorithm, blockBytes }: PackedCompression): string[] {
  return formatTable([
    ['file system', format],
    ['algorithm', algorithm],
    ['blocks of', formatBytes(blockBytes)],
  ]);
}

function profileTable({ file, paths, missing, hotBytes }: PlannedProfile): string[] {
  // Less where it is compressed, and where memory has no room for all of it.
  const seconds = (hotBytes / TRANSFER_RATE).toFixed(1);
  return formatTable([
    ['file', file],
    ['paths', `${formatCount(paths)}, of which ${formatCount(missing)} are not there`],
    ['read first', `${formatBytes(hotBytes)}, up to ${seconds} s of a 24x drive`],
  ]);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}
