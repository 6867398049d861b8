import { SnapdiscError } from '../../errors.js';
import type { Tool } from '../../process.js';
import { type Debian, debianName } from './debian-source.js';

export const MMDEBSTRAP: Tool = {
  program: 'mmdebstrap',
  purpose: 'bootstraps Debian (sources such as debian:bookworm)',
  debianPackage: 'mmdebstrap',
};

export const APT_CONFIG: Tool = {
  program: 'apt-config',
  purpose: 'tells how this machine reaches mirrors of Debian',
  debianPackage: 'apt',
};

/** What mmdebstrap copies from the machine it runs on, and its own settings of apt, are not the system's. */
const HOOKS = [
  'echo debian >"$1/etc/hostname"; : >"$1/etc/resolv.conf"',
  'rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
];

/**
 * The arguments that make a tar archive of a Debian on standard output. As a normal user mmdebstrap works in a
 * user namespace where it may. Pure.
 * @param aptOptions for fetching only: how this machine reaches its mirror.
 */
export function mmdebstrapArguments(debian: Debian, aptOptions: readonly string[]): string[] {
  const { suite, architecture, packages, mirror } = debian;
  return [
    ...['--variant=minbase', '--format=tar', `--architectures=${architecture}`],
    `--include=${packages.join(',')}`,
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...HOOKS.map((hook) => `--customize-hook=${hook}`),
    ...[suite, '-'],
    ...(mirror === undefined ? [] : [mirror]),
  ];
}

/** What mmdebstrap says of its steps, and what we call them. Several are one. */
const STEPS: readonly (readonly [said: RegExp, title: string])[] = [
  [/^I: running apt-get update/, 'fetching the lists of packages'],
  [/^I: downloading packages/, 'fetching packages'],
  [/^I: extracting archives/, 'unpacking packages'],
  [/^I: installing /, 'installing packages'],
  [/^I: creating tarball/, 'packing the archive'],
];

/** The step that a line of mmdebstrap's begins, if it does. Pure. */
export function bootstrapStep(line: string): string | undefined {
  return STEPS.find(([said]) => said.test(line))?.[1];
}

/** Whether a line tells that mmdebstrap removes what it has made in between. Pure. */
export function isCleanup(line: string): boolean {
  return line.startsWith('I: removing tempdir');
}

/** Why it may have failed, and what helps; the first that matches what was said. */
const REASONS: readonly (readonly [said: RegExp, hint: (debian: Debian) => string])[] = [
  [
    /Unable to locate package linux-image-686|linux-image-686.* no installation candidate/,
    () => 'Debian has had no 32-bit kernel since release 13 (trixie): take debian:bookworm.',
  ],
  [
    /Unable to locate package|has no installation candidate/,
    () => 'Check the names of --bootstrap-include: https://packages.debian.org lists all packages.',
  ],
  [
    /unable to pick chroot mode|newuidmap|newgidmap|subuid|unshare.*failed|Operation not permitted/i,
    () =>
      'As a normal user it needs user namespaces: on Debian, apt install uidmap, and a line of yours in /etc/subuid and /etc/subgid. Or run snapdisc as root.',
  ],
  [
    /can neither be executed natively nor via qemu/,
    ({ architecture }) =>
      `This machine does not run programs for ${architecture}: take another --target-arch, or install qemu-user-static.`,
  ],
  [
    /does not have a Release file|doesn't have a Release file|no Release file|404 +Not Found/i,
    ({ suite }) =>
      `Is there a release of Debian called ${suite}? bookworm and trixie are. Else name another --bootstrap-mirror.`,
  ],
  [
    /NO_PUBKEY|not signed|couldn't be verified/i,
    () => 'Install the keys of newer releases: on Debian, apt install debian-archive-keyring.',
  ],
  [
    /Mirror sync in progress|unexpected size|Hash Sum mismatch/,
    () => 'The mirror is being updated: try again later, or name another with --bootstrap-mirror.',
  ],
  [
    /resolv|Could not connect|Connection (?:failed|refused|timed out)|Failed to fetch|Network is unreachable/i,
    () => 'Check the network, or name another mirror with --bootstrap-mirror.',
  ],
  [
    /No space left on device/,
    () => 'Free some space, or set TMPDIR and SNAPDISC_CACHE to folders of a larger disk.',
  ],
];

/** What only tells that something failed, not why. */
const NO_REASON = /^E: (?:mmdebstrap failed to run|setup failed:|apt-get .* failed$)/;
/** More of the reasons that are told would not be read. */
const MOST_TOLD = 3;

/** The failure, from what mmdebstrap and apt said last. Pure. */
export function bootstrapFailure(debian: Debian, said: readonly string[]): SnapdiscError {
  const all = said.join('\n');
  const hint = REASONS.find(([pattern]) => pattern.test(all))?.[1](debian);
  const errors = said.filter(
    (line) => /^(?:E|Err|dpkg):|error:/.test(line) && !NO_REASON.test(line),
  );
  const told = (errors.length > 0 ? errors.slice(0, MOST_TOLD) : said.slice(-MOST_TOLD)).map(
    (line) => `  ${line.trim()}`,
  );
  return new SnapdiscError(
    'source.bootstrap',
    [`${debianName(debian)} could not be bootstrapped:`, ...told].join('\n'),
    { hint: hint ?? 'Run again with -v to see the command line of mmdebstrap.' },
  );
}
