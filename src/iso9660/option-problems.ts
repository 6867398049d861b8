import { type ByteString, printable } from '../bytes.js';
import { TABLE_END } from './boot-info-table.js';
import { EARLIEST_VOLUME_DATE, LATEST_VOLUME_DATE } from './dates.js';
import { MAX_BOOT_IMAGES } from './el-torito.js';
import { MBR_CODE_SIZE } from './mbr.js';
import type { IsoTime } from './nodes.js';
import { type BootImage, type IsoOptions, loadSectorsOf } from './options.js';

/** What is wrong with options, as full sentences; nothing here throws. */

const UINT32_MAX = 0xffff_ffff;

/**
 * The volume id is the disc's label. ECMA-119 8.4.6 allows A-Z, 0-9 and `_` only; live discs have
 * always used more, and Linux, udev and firmware take it: we also allow a-z, `-`, `.` and spaces
 * that are neither first nor last.
 */
export function volumeIdProblem(volumeId: ByteString): string | undefined {
  if (/^[\w.-]([\w. -]{0,30}[\w.-])?$/.test(volumeId)) return undefined;
  return `The volume id '${printable(volumeId)}' must be 1 to 32 characters of A-Z, a-z, 0-9, '_', '-', '.' and inner spaces.`;
}

/** Everything else; the volume id is judged apart because its error has a code of its own. */
export function optionProblems(options: IsoOptions): string[] {
  return [
    ...identifierProblems(options),
    ...timeProblems('creation', options.created),
    ...timeProblems('modification', options.modified ?? options.created),
    ...bootProblems(options),
    ...hybridProblems(options),
    ...orderProblems(options),
  ];
}

function identifierProblems(options: IsoOptions): string[] {
  const fields: [string, string | undefined, number][] = [
    ['system id', options.systemId, 32],
    ['volume set id', options.volumeSetId, 128],
    ['publisher id', options.publisherId, 128],
    ['preparer id', options.preparerId, 128],
    ['application id', options.applicationId, 128],
  ];
  return fields.flatMap(([name, text = '', limit]) => {
    // A leading underscore would say that the rest names a file (ECMA-119 8.4.20 to 8.4.22).
    if (/^(?!_)[\x20-\x7e]*$/.test(text) && text.length <= limit) return [];
    return `The ${name} '${printable(text)}' must be at most ${limit} printable ASCII characters and not start with '_'.`;
  });
}

function timeProblems(name: string, { seconds, nanoseconds = 0 }: IsoTime): string[] {
  const isInRange = seconds >= EARLIEST_VOLUME_DATE && seconds < LATEST_VOLUME_DATE + 1;
  const isFraction = nanoseconds >= 0 && nanoseconds < 1e9;
  return isInRange && isFraction ? [] : [`The ${name} date must lie in the years 1 to 9999.`];
}

function bootProblems({ boot }: IsoOptions): string[] {
  if (boot === undefined) return [];
  const count = boot.images.length;
  const problems = boot.images.flatMap(bootImageProblems);
  if (count < 1 || count > MAX_BOOT_IMAGES) {
    problems.push(`There must be 1 to ${MAX_BOOT_IMAGES} boot images, not ${count}.`);
  }
  const tables = boot.images.filter(({ infoTable }) => infoTable).map(({ file }) => file);
  const plain = boot.images.filter(({ infoTable }) => !infoTable).map(({ file }) => file);
  if (tables.some((file) => plain.includes(file))) {
    problems.push('A boot image cannot have a boot info table and at the same time have none.');
  }
  return problems;
}

function bootImageProblems(image: BootImage): string[] {
  const { file, infoTable } = image;
  const problems: string[] = [];
  const load = loadSectorsOf(image);
  if (!Number.isInteger(load) || load < 1 || load > 0xffff) {
    problems.push(`A boot image's load size must be 1 to 65,535 sectors, not ${load}.`);
  }
  if (file.size === 0) problems.push('A boot image is empty.');
  if (!infoTable) return problems;
  if (file.content === undefined) {
    problems.push('A boot image without content in memory cannot get a boot info table.');
  } else if (file.content.length < TABLE_END) {
    problems.push(`A boot image of ${file.size} bytes is too small for a boot info table.`);
  }
  return problems;
}

function hybridProblems({ hybrid, boot }: IsoOptions): string[] {
  if (hybrid === undefined) return [];
  const problems: string[] = [];
  if (boot?.images[0] === undefined || boot.images[0].platform === 'efi') {
    problems.push('A hybrid image needs a first boot image for the BIOS, which its MBR loads.');
  }
  const { length } = hybrid.mbrTemplate;
  if (length < 1 || length > MBR_CODE_SIZE) {
    problems.push(
      `The MBR template must have 1 to ${MBR_CODE_SIZE} bytes, as SYSLINUX's isohdpfx.bin, not ${length}.`,
    );
  }
  if (!isUint32(hybrid.diskId)) problems.push('The disk id must be 0 to 4,294,967,295.');
  return problems;
}

function orderProblems({ order = [] }: IsoOptions): string[] {
  const repeated = order.length - new Set(order).size;
  return repeated === 0 ? [] : [`The order of extents names ${repeated} files more than once.`];
}

/** Whether `value` fits an unsigned 32-bit field. */
export function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= UINT32_MAX;
}
