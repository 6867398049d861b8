/** A Debian that does not exist yet: what a source such as `debian:bookworm` stands for. Pure. */

const PREFIX = 'debian:';
const SUITE = /^[a-z][a-z0-9-]{0,31}$/;
/** Debian Policy 5.6.1. */
const PACKAGE = '[a-z0-9][a-z0-9+.-]+';
const PACKAGES = new RegExp(`^${PACKAGE}(?:,${PACKAGE})*$`);

/** Debian's names of the architectures that discs are made for, each with its kernel. */
const KERNELS = { i386: 'linux-image-686', amd64: 'linux-image-amd64' } as const;

export type DebianArchitecture = keyof typeof KERNELS;

/** What a live system needs beyond Debian's essential packages, and what people expect at a console. */
const LIVE_PACKAGES = [
  ...[
    'busybox',
    'dmsetup',
    'iproute2',
    'kmod',
    'login',
    'passwd',
    'procps',
    'sudo',
    'systemd-sysv',
  ],
  ...['udev', 'util-linux'],
];

export interface Debian {
  /** A code name or a symbolic one: `bookworm`, `stable`. */
  readonly suite: string;
  readonly architecture: DebianArchitecture;
  /** All that are asked for by name, in order, each once. */
  readonly packages: readonly string[];
  /** Where from; undefined for Debian's own addresses. */
  readonly mirror: string | undefined;
}

/** The settings that describe one. */
export interface DebianSettings {
  readonly source: string;
  readonly targetArch?: 'i386' | 'x86_64' | undefined;
  /** Names, those of one item with commas between them. */
  readonly bootstrapInclude: readonly string[];
  readonly bootstrapMirror?: string | undefined;
}

/** Whether a source is meant as a Debian to be bootstrapped; a file of such a name is `./debian:...`. */
export function isDebianSource(source: string): boolean {
  return source.startsWith(PREFIX);
}

/** What is wrong with such a source, as a clause. */
export function debianSourceProblem(source: string): string | undefined {
  if (!isDebianSource(source) || SUITE.test(source.slice(PREFIX.length))) return undefined;
  return 'names no release of Debian, such as debian:bookworm (a file of that name is ./debian:...)';
}

/** Whether an item of a list of packages is one, or several with commas between them. */
export function isPackageList(text: string): boolean {
  return PACKAGES.test(text);
}

/**
 * What a source asks for, undefined where it is no Debian to be bootstrapped. Without a target it is for
 * the processor of this machine.
 */
export function debianOf(
  { source, targetArch, bootstrapInclude, bootstrapMirror }: DebianSettings,
  processor: string = process.arch,
): Debian | undefined {
  if (!isDebianSource(source)) return undefined;
  const is32Bit = targetArch === undefined ? processor === 'ia32' : targetArch === 'i386';
  const architecture = is32Bit ? 'i386' : 'amd64';
  const more = bootstrapInclude.flatMap((item) => item.split(','));
  const packages = [...new Set([KERNELS[architecture], ...LIVE_PACKAGES, ...more])];
  return { suite: source.slice(PREFIX.length), architecture, packages, mirror: bootstrapMirror };
}

/** `Debian bookworm (i386)` */
export function debianName({ suite, architecture }: Debian): string {
  return `Debian ${suite} (${architecture})`;
}
