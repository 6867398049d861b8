import {
  PACKAGES,
  readSyslinux,
  SYSLINUX_LOCATIONS,
  type SyslinuxLocation,
} from '../bootloader/syslinux-installation.js';
import { byteString } from '../bytes.js';
import { DISTRIBUTIONS, type Distribution, packageOn } from '../distributions.js';
import { SnapdiscError } from '../errors.js';
import { converse, isInstalled } from '../process.js';
import { PROGRAM_USES, type ProgramUse } from './tools.js';

/** What snapdisc takes from the machine it runs on, as JSON keeps it. */
export interface Finding {
  /** The program's name, or that of a package of files. */
  readonly name: string;
  readonly found: boolean;
  /** Null where it is missing or does not tell. */
  readonly version: string | null;
  /** Nothing can be built without it. */
  readonly required: boolean;
  /** What it does for us, each without a subject: "reads xz-compressed archives". */
  readonly purposes: readonly string[];
  /** The packages that have it, names with a space between them. */
  readonly packages: Readonly<Record<Distribution, string>>;
}

export interface ExamineOptions {
  readonly uses?: readonly ProgramUse[];
  readonly syslinux?: readonly SyslinuxLocation[];
}

/** Looks for everything and asks each program for its version. Nothing that is missing is an error. */
export async function examine({
  uses = PROGRAM_USES,
  syslinux = SYSLINUX_LOCATIONS,
}: ExamineOptions = {}): Promise<Finding[]> {
  return Promise.all([examineSyslinux(syslinux), ...uses.map(examineProgram)]);
}

async function examineProgram(use: ProgramUse): Promise<Finding> {
  const [{ program, debianPackage }] = use.tools;
  const found = await isInstalled(program);
  return {
    name: program,
    found,
    version: found ? await askVersion(use) : null,
    required: use.isRequired,
    purposes: use.tools.map(({ purpose }) => purpose),
    packages: packagesOf([debianPackage]),
  };
}

/** A program that answers in its own way, as those of busybox do, is there all the same. */
async function askVersion({ tools: [tool], versionArguments }: ProgramUse): Promise<string | null> {
  const child = converse(tool, versionArguments);
  child.stdin?.end();
  // Some tell it on standard error.
  const hear = async (output: AsyncIterable<Buffer> | null) => {
    let text = '';
    for await (const piece of output ?? []) text += piece.toString('latin1');
    return text;
  };
  const [said, besides] = await Promise.all([hear(child.stdout), hear(child.stderr), child]);
  return versionIn(said) ?? versionIn(besides);
}

/** The first thing that looks like a version: digits and dots, then what belongs to them. */
export function versionIn(text: string): string | null {
  return /\d+\.\d+[\w.+~-]*/.exec(text)?.[0] ?? null;
}

async function examineSyslinux(locations: readonly SyslinuxLocation[]): Promise<Finding> {
  const files = await readSyslinux(locations).catch((error: unknown) => {
    if (error instanceof SnapdiscError) return undefined;
    throw error;
  });
  const banner = files === undefined ? '' : byteString(files.loader);
  return {
    name: 'isolinux',
    found: files !== undefined,
    version: /ISOLINUX (\d+\.\d+)/.exec(banner)?.[1] ?? null,
    required: true,
    purposes: ['starts the disc on a PC'],
    packages: packagesOf(Object.values(PACKAGES)),
  };
}

function packagesOf(debianPackages: readonly string[]): Record<Distribution, string> {
  const on = (distribution: Distribution) => {
    const names = debianPackages.map((name) => packageOn(distribution, name));
    return [...new Set(names)].join(' ');
  };
  const all = Object.keys(DISTRIBUTIONS) as Distribution[];
  return Object.fromEntries(all.map((one) => [one, on(one)])) as Record<Distribution, string>;
}
