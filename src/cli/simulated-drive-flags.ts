import { Option } from 'commander';
import { SnapdiscError } from '../errors.js';
import type { DriveFaults } from '../optical/simulated-drive.js';
import type { QemuOptions } from '../qemu/command.js';
import { ISO_BLOCK } from '../units.js';
import type { SimulatedRun } from './simulated-run.js';
import type { Terminal } from './terminal.js';

/** The flags of `run` that ask for a simulated drive. */
export interface SimulatedDriveFlags {
  readonly drive?: QemuOptions['drive'];
  readonly quiet?: boolean;
  readonly slowDrive?: boolean;
  readonly slowness?: string;
  readonly badSectors?: string;
  readonly pullAfter?: string;
  readonly driveLog?: string;
  readonly headPath?: string;
  readonly force?: boolean;
}

const GROUP = 'A simulated optical drive (docs/optical.md):';

export function simulatedDriveOptions(): Option[] {
  return [
    new Option('--slow-drive', 'read as slowly as a 24x CD drive'),
    new Option('--slowness <times>', 'read that many times as slowly'),
    new Option('--bad-sectors <first-last>', 'these 2 KiB sectors of the disc cannot be read'),
    new Option('--pull-after <seconds>', 'take the disc out that long after power-on'),
    new Option('--drive-log <file>', 'write a log of every read'),
    new Option('--head-path <file>', "draw the head's path over the disc, as an SVG image"),
    new Option('-f, --force', 'replace a log and an image that exist'),
  ].map((option) => option.helpGroup(GROUP));
}

/**
 * What the flags ask for, undefined where they ask for no simulated drive. Pure.
 * @throws SnapdiscError `usage.drive` with everything that is wrong.
 */
export function simulatedRun(
  disc: string,
  flags: SimulatedDriveFlags,
  terminal: Terminal,
): SimulatedRun | undefined {
  const { slowDrive, slowness, badSectors, pullAfter, driveLog, headPath } = flags;
  const asked = [slowDrive, slowness, badSectors, pullAfter, driveLog, headPath];
  if (asked.every((flag) => flag === undefined)) return undefined;
  const problems: string[] = [];
  if (flags.drive === 'usb') problems.push('--drive=usb is a stick, not an optical drive');
  const times = positive('--slowness', slowness, problems);
  const pullSeconds = positive('--pull-after', pullAfter, problems);
  const bad = sectorRange(badSectors, problems);
  if (problems.length > 0) {
    throw new SnapdiscError('usage.drive', `There is no such drive: ${problems.join('; ')}.`);
  }
  const faults: DriveFaults = { slowness: times ?? 1, bad };
  return {
    ...{ title: disc, delays: slowDrive === true || times !== undefined, faults, pullSeconds },
    ...{
      logFile: driveLog,
      svgFile: headPath,
      force: flags.force === true,
      terminal,
      isQuiet: flags.quiet === true,
    },
  };
}

function positive(flag: string, text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (value <= 0) problems.push(`${flag} is "${text}", not a number over 0`);
  return value;
}

/** Sectors as bytes of the disc. */
function sectorRange(text: string | undefined, problems: string[]): DriveFaults['bad'] & object {
  if (text === undefined) return [];
  const [, first = '', last = first] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  if (first === '' || Number(last) < Number(first)) {
    problems.push(`--bad-sectors is "${text}", not FIRST-LAST`);
  }
  return [{ start: Number(first) * ISO_BLOCK, end: (Number(last) + 1) * ISO_BLOCK }];
}
