import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PACKED_FORMATS, type PackedFormat } from '../src/packed-root/formats.js';
import { run, shellCommand } from '../src/process.js';
import { BOOT_EVENTS } from '../src/profile/record-boot.js';
import { NEEDED_TO_TELL } from '../src/profile/serial-parameters.js';
import type { Architecture } from '../src/qemu/command.js';
import { SAME_ADDRESSES } from '../src/qemu/emulation.js';
import { type DebianArchitecture, debianTar } from '../test/fixtures/debian.js';
import { benchScript, buildCommand, EMPTY_PROFILE, snapdiscCommand, tool } from './inputs.js';
import type { DriveTarget } from './optical-targets.js';
import type { Session } from './session.js';

/** A live CD whose boot is measured. */
export interface OpticalDisc {
  readonly system: OpticalSystem;
  /** Who made it, and how: `live-boot, squashfs with xz`. */
  readonly name: string;
  /** MiB of the machine that boots it. */
  readonly memoryMiB: number;
  /** What the row has to reach. */
  readonly target?: DriveTarget;
  /** MiB at which the search for the least begins; undefined where another disc's is as good. */
  readonly leastFrom?: number;
  /** Makes the disc at `iso`, from the same packages as all of its system. */
  readonly make: (iso: string) => Promise<void>;
}

/** MiB at which searches for the least memory begin: as an earlier run has found it. */
interface LeastFrom {
  readonly ours: number;
  readonly compressed: number;
  readonly liveBoot: number;
  readonly dracut: number;
}

/** A Debian that all makers turn into a disc. */
export interface OpticalSystem {
  /** For people: `i386`. */
  readonly name: string;
  readonly arch: DebianArchitecture;
  readonly qemu: Architecture;
  /** What the serial port says when the boot is over, and what Linux must be told for that. */
  readonly ready: RegExp;
  /** Seconds: in too little memory a machine that has said nothing for so long does not get ready any more. */
  readonly mostSilence?: number;
  readonly parameters: readonly string[];
  readonly packages: readonly string[];
  /** As `debianTar` takes it. */
  readonly hook?: string;
  /** MiB of the machines that are compared. */
  readonly memoryMiB: { readonly ours: number; readonly peers: number };
  readonly leastFrom: LeastFrom;
  /** Of the disc that is profiled. */
  readonly profiled?: DriveTarget;
}

const MULTI_USER = {
  ready: BOOT_EVENTS['multi-user'].said,
  parameters: [...NEEDED_TO_TELL['multi-user'], SAME_ADDRESSES],
  mostSilence: 120,
};
const I386: OpticalSystem = {
  name: 'i386',
  arch: 'i386',
  qemu: 'i386',
  ...MULTI_USER,
  packages: [],
  memoryMiB: { ours: 128, peers: 256 },
  leastFrom: { ours: 48, compressed: 48, liveBoot: 208, dracut: 144 },
  profiled: { kind: 'limits', seconds: 11, headMoves: 20 },
};
/** What a server may have: services that no profile was recorded of which comes with snapdisc. */
const SERVICES: OpticalSystem = {
  ...I386,
  name: 'services',
  packages: [
    'avahi-daemon',
    'cron',
    'exim4-daemon-light',
    'nginx-light',
    'rsyslog',
    'smartmontools',
  ],
};
const AMD64: OpticalSystem = {
  name: 'amd64',
  arch: 'amd64',
  qemu: 'x86_64',
  ...MULTI_USER,
  packages: [],
  memoryMiB: { ours: 256, peers: 512 },
  leastFrom: { ours: 112, compressed: 96, liveBoot: 400, dracut: 256 },
  profiled: { kind: 'limits', seconds: 13, headMoves: 20 },
};
/** Its page is there when the desktop is. */
const DESKTOP: Omit<OpticalSystem, 'hook'> = {
  name: 'desktop',
  arch: 'amd64',
  qemu: 'x86_64',
  ready: /The desktop is there\./,
  parameters: [SAME_ADDRESSES],
  packages: [
    ...['xserver-xorg-core', 'xserver-xorg-input-libinput', 'xinit', 'icewm', 'surf', 'xdotool'],
    'fonts-dejavu-core',
  ],
  memoryMiB: { ours: 768, peers: 768 },
  leastFrom: { ours: 192, compressed: 208, liveBoot: 400, dracut: 272 },
};

/** Names of rows that others are compared with. */
const NAMES = {
  xz: 'live-boot, squashfs with xz',
  zstd: 'live-boot, squashfs with zstd',
  dracut: 'dracut, dmsquash-live',
  byNames: 'snapdisc, by names alone',
  profiled: 'snapdisc, profiled',
} as const;
const PEERS = [NAMES.xz, NAMES.zstd, NAMES.dracut];
const UNSWEPT: Pick<OpticalDisc, 'name' | 'target'> = {
  name: 'snapdisc, profiled, live.sweep=no',
  target: { kind: 'limits', seconds: 22, headMoves: 100 },
};
const MOST_OF_THE_GAIN: DriveTarget = {
  ...{ kind: 'gain', share: 0.8, from: NAMES.byNames, to: NAMES.profiled },
};

const LIVE_BOOT = ['live-boot', 'live-boot-initramfs-tools'];
const DRACUT = ['dracut', 'dracut-live'];
/** The packages' own initrd is for the machine it is made on. */
const DRACUT_HOOK =
  'chroot "$1" sh -c \'dracut --no-hostonly --add dmsquash-live --force --kver "$(ls /lib/modules)"\'';

/** All discs, those of a system one after the other. */
export async function opticalDiscs(session: Session): Promise<OpticalDisc[]> {
  const desktop = { ...DESKTOP, hook: await readFile(benchScript('desktop-hook.sh'), 'utf8') };
  return [
    ...discsOf(AMD64, session),
    ...compressed(AMD64, session),
    ofAnotherArchitecture(session),
    ...discsOf(I386, session),
    ...compressed(I386, session, PACKED_FORMATS),
    ofOlderPackages(I386, await readFile(benchScript('upgrade-hook.sh'), 'utf8'), session),
    // A small machine.
    profiled(I386, 64, session),
    { ...profiled(I386, 64, session, { parameters: ['live.sweep=no'] }), ...UNSWEPT },
    asItBuilds(I386, 64, session),
    ...unknownSystem(session),
    ...discsOf(desktop, session),
    ...compressed(desktop, session),
  ];
}

function discsOf(system: OpticalSystem, session: Session): OpticalDisc[] {
  const { memoryMiB, leastFrom } = system;
  const ours = { system, memoryMiB: memoryMiB.ours };
  return [
    { ...liveBoot(system, 'xz'), leastFrom: leastFrom.liveBoot },
    liveBoot(system, 'zstd'),
    {
      ...{ system, memoryMiB: memoryMiB.peers },
      name: NAMES.dracut,
      leastFrom: leastFrom.dracut,
      make: async (iso) => {
        const rootfs = await tarOf(system, DRACUT, DRACUT_HOOK);
        await script('dracut.sh', [rootfs, `${iso}.work`, iso, ...system.parameters]);
      },
    },
    {
      ...ours,
      name: NAMES.byNames,
      make: async (iso) => {
        const nothing = `${iso}.profile`;
        await writeFile(nothing, EMPTY_PROFILE);
        await build(system, iso, session, { flags: [`--profile=${nothing}`] });
      },
    },
    {
      ...asItBuilds(system, memoryMiB.ours, session),
      target: { kind: 'faster', than: PEERS, inWords: 'the others' },
      leastFrom: leastFrom.ours,
    },
    {
      ...profiled(system, memoryMiB.ours, session),
      ...targetOf(system.profiled),
    },
  ];
}

function liveBoot(system: OpticalSystem, compression: 'xz' | 'zstd'): OpticalDisc {
  return {
    ...{ system, memoryMiB: system.memoryMiB.peers, name: NAMES[compression] },
    make: async (iso) => {
      const rootfs = await tarOf(system, LIVE_BOOT);
      await script('live-boot.sh', [rootfs, compression, `${iso}.work`, iso, ...system.parameters]);
    },
  };
}

/** Without a profile of its own. */
function asItBuilds(system: OpticalSystem, memoryMiB: number, session: Session): OpticalDisc {
  return {
    ...{ system, memoryMiB, name: 'snapdisc, as it builds' },
    make: (iso) => build(system, iso, session),
  };
}

/** How far the profiles that come with snapdisc carry. */
function unknownSystem(session: Session): OpticalDisc[] {
  return [
    liveBoot(SERVICES, 'zstd'),
    {
      ...asItBuilds(SERVICES, SERVICES.memoryMiB.ours, session),
      target: { kind: 'faster', than: [NAMES.zstd], inWords: 'live-boot' },
    },
  ];
}

function targetOf(target: DriveTarget | undefined) {
  return target === undefined ? {} : { target };
}

/** The profiled disc with its root image compressed. */
function compressed(
  system: OpticalSystem,
  session: Session,
  formats: readonly PackedFormat[] = ['squashfs'],
): OpticalDisc[] {
  return formats.map((format) => ({
    ...profiled(system, system.memoryMiB.ours, session, { flags: [`--compress=${format}`] }),
    name: `snapdisc, ${format}`,
    leastFrom: system.leastFrom.compressed,
  }));
}

/** By a profile of a boot of the same disc without one, in as much memory. */
function profiled(
  system: OpticalSystem,
  memoryMiB: number,
  session: Session,
  options: BuildOptions = {},
): OpticalDisc {
  return {
    system,
    memoryMiB,
    name: NAMES.profiled,
    make: async (iso) => {
      const profile = await recorded(system, memoryMiB, session);
      const flags = [`--profile=${profile}`, ...(options.flags ?? [])];
      await build(system, iso, session, { ...options, flags });
    },
  };
}

/** By a profile of the same packages on another architecture. */
function ofAnotherArchitecture(session: Session): OpticalDisc {
  return {
    system: AMD64,
    memoryMiB: AMD64.memoryMiB.ours,
    name: 'snapdisc, by a profile of i386',
    target: { kind: 'faster', than: [NAMES.byNames], inWords: 'by names' },
    make: async (iso) => {
      const profile = await recorded(I386, I386.memoryMiB.ours, session);
      await build(AMD64, iso, session, { flags: [`--profile=${profile}`] });
    },
  };
}

/** By a profile from before an upgrade of the packages. */
function ofOlderPackages(system: OpticalSystem, upgrade: string, session: Session): OpticalDisc {
  return {
    system,
    memoryMiB: system.memoryMiB.ours,
    name: 'snapdisc, by a profile from before an upgrade',
    target: MOST_OF_THE_GAIN,
    make: async (iso) => {
      const profile = await recorded(system, system.memoryMiB.ours, session);
      const rootfs = await tarOf(system, [], upgrade);
      await build(system, iso, session, { rootfs, flags: [`--profile=${profile}`] });
    },
  };
}

const recordings = new Map<string, Promise<string>>();

/** Path of the profile of a boot of the disc that is built without one; each is recorded once. */
function recorded(system: OpticalSystem, memoryMiB: number, session: Session): Promise<string> {
  const name = `${system.name}-${memoryMiB}`;
  const made = recordings.get(name) ?? record(path.join(session.folder, name));
  recordings.set(name, made);
  return made;

  async function record(base: string): Promise<string> {
    const [disc, profile] = [`${base}.iso`, `${base}.profile`];
    await build(system, disc, session);
    const machine = [`--arch=${system.qemu}`, `--memory=${memoryMiB}`];
    await runTold(snapdiscCommand('profile', disc, '-o', profile, ...machine), session);
    await rm(disc);
    return profile;
  }
}

function tarOf(
  { arch, packages, hook = '' }: OpticalSystem,
  more: readonly string[] = [],
  moreHook = '',
): Promise<string> {
  const hooks = [hook, moreHook].filter((text) => text !== '').join('\n');
  return debianTar(arch, [...packages, ...more], hooks === '' ? undefined : hooks);
}

async function script(name: string, args: readonly string[]): Promise<void> {
  await run(tool('sh', 'dash'), [benchScript(name), ...args]);
}

interface BuildOptions {
  /** In place of the system's own. */
  readonly rootfs?: string;
  readonly flags?: readonly string[];
  /** Kernel parameters besides the system's. */
  readonly parameters?: readonly string[];
}

async function build(
  system: OpticalSystem,
  iso: string,
  session: Session,
  { rootfs, flags = [], parameters = [] }: BuildOptions = {},
): Promise<void> {
  const all = [...system.parameters, ...parameters];
  const append = all.length === 0 ? [] : [`--append=${all.join(' ')}`];
  const source = rootfs ?? (await tarOf(system));
  await runTold(buildCommand(source, iso, ['--serial', ...append, ...flags]), session);
}

async function runTold([program, ...args]: [string, ...string[]], session: Session): Promise<void> {
  session.say(shellCommand([program, ...args]));
  await run(tool(program, 'nodejs'), args);
}
