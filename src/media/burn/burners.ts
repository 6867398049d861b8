import { SnapdiscError } from '../../errors.js';
import { isInstalled, run, type Tool } from '../../process.js';
import type { Block2048 } from '../../units.js';

export const XORRISO: Tool = {
  program: 'xorriso',
  purpose: 'burns discs',
  debianPackage: 'xorriso',
};

export const CDRSKIN: Tool = {
  program: 'cdrskin',
  purpose: 'burns discs where there is no xorriso',
  debianPackage: 'cdrskin',
};

/** The disc in a drive. */
export interface Medium {
  readonly isBlank: boolean;
  /** What can be written, in 2 KiB sectors. */
  readonly freeSectors: Block2048;
}

export interface BurnJob {
  readonly drive: string;
  readonly iso: string;
  /** The drive goes through everything with its laser off. */
  readonly dummy: boolean;
  /** As written on discs, such as 8; the drive's fastest without it. */
  readonly speed: string | undefined;
}

/** A program that burns. Both take cdrecord's options for that. */
export interface Burner {
  readonly tool: Tool;
  /** @throws SnapdiscError `tool.failed` where there is no drive or no disc in it. */
  inquire(drive: string): Promise<Medium>;
  burnArguments(job: BurnJob): string[];
  ejectArguments(drive: string): string[];
}

/** Drives of libburn that are files: `stdio:/path`. */
export function isPseudoDrive(drive: string): boolean {
  return drive.startsWith('stdio:');
}

const xorriso: Burner = {
  tool: XORRISO,
  inquire: async (drive) =>
    parseXorrisoToc((await run(XORRISO, ['-outdev', drive, '-toc'])).toString('latin1')),
  burnArguments: (job) => ['-as', 'cdrecord', ...cdrecordArguments(job)],
  ejectArguments: (drive) => ['-outdev', drive, '-eject', 'all'],
};

const cdrskin: Burner = {
  tool: CDRSKIN,
  inquire: async (drive) => {
    const facts = await run(CDRSKIN, [...emulation(drive), `dev=${drive}`, '-minfo']);
    const space = await run(CDRSKIN, [...emulation(drive), `dev=${drive}`, '--tell_media_space']);
    return parseCdrskin(facts.toString('latin1'), space.toString('latin1'));
  },
  burnArguments: (job) => [...emulation(job.drive), ...cdrecordArguments(job)],
  ejectArguments: (drive) => [...emulation(drive), `dev=${drive}`, '-eject'],
};

/** The ones we know, the best first. */
export const BURNERS: readonly Burner[] = [xorriso, cdrskin];

/** @throws SnapdiscError `tool.missing` */
export async function findBurner(burners: readonly Burner[] = BURNERS): Promise<Burner> {
  for (const burner of burners) {
    if (await isInstalled(burner.tool.program)) return burner;
  }
  const names = burners.map(({ tool }) => tool.program).join(' nor ');
  throw new SnapdiscError('tool.missing', `Neither ${names} is installed; one is needed to burn.`, {
    hint: 'snapdisc doctor tells how to install them.',
  });
}

/** `-dao`: all of the disc in one go, so that no unreadable run-out sectors follow the data. */
function cdrecordArguments({ drive, iso, dummy, speed }: BurnJob): string[] {
  return [
    '-v',
    `dev=${drive}`,
    '-dao',
    // The image has its own padding.
    'padsize=0',
    ...(speed === undefined ? [] : [`speed=${speed}`]),
    ...(dummy ? ['-dummy'] : []),
    // A path that begins with a dash or holds an = is no option then.
    iso.startsWith('/') ? iso : `./${iso}`,
  ];
}

/** cdrskin wants to be told that a file may play a drive. */
function emulation(drive: string): string[] {
  return isPseudoDrive(drive) ? ['--allow_emulated_drives'] : [];
}

/** What `xorriso -outdev DRIVE -toc` says. Pure. */
export function parseXorrisoToc(text: string): Medium {
  const status = /^Media status : (.*)$/m.exec(text)?.[1];
  const writable = /^Media blocks : \d+ readable , (\d+) writable/m.exec(text)?.[1];
  if (status === undefined || writable === undefined) throw noMedium();
  return { isBlank: /^is blank/.test(status), freeSectors: Number(writable) };
}

/** What `cdrskin -minfo` and `--tell_media_space` say. Pure. */
export function parseCdrskin(facts: string, space: string): Medium {
  const status = /^disk status: +(\w+)/m.exec(facts)?.[1];
  const sectors = /^(\d+)$/m.exec(space)?.[1];
  if (status === undefined || sectors === undefined) throw noMedium();
  return { isBlank: status === 'empty', freeSectors: Number(sectors) };
}

function noMedium(): SnapdiscError {
  return new SnapdiscError(
    'output.no-medium',
    'There is no disc in the drive, or none to write on.',
    {
      hint: 'Put a blank disc in and wait until the drive has come to rest.',
    },
  );
}
